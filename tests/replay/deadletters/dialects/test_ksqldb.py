"""ksqlDB's processing log says in JSON what failed; it is no record to send back."""

import json

import pytest

from replay.deadletters.letter import Confidence
from replay.deadletters.originals import Found, NotFound, find_original
from replay.deadletters.reading import read_letter
from tests.fakes import FakeSource, record_of

TOPIC = "default_ksql_processing_log"
ERROR = {"target": "value", "errorMessage": "no JSON", "recordB64": None,
         "cause": ["Failed", "Unexpected end"], "topic": "orders"}  # fmt: skip
MESSAGE = {"type": 0, "deserializationError": ERROR, "productionError": None}
ENTRY = {"level": "ERROR", "logger": "x", "time": 1_700_000_000_000, "message": MESSAGE}


@pytest.mark.parametrize(
    "entry",
    [ENTRY, MESSAGE, {"MESSAGE": {"TYPE": 0, "DESERIALIZATIONERROR": ERROR}}],
)
def test_an_entry_says_what_failed_and_points_to_its_topic(entry: object) -> None:
    letter = read_letter(record_of(TOPIC, key=b"k", value=json.dumps(entry).encode()))
    failure = letter.last.failure
    assert (letter.framework, letter.confidence) == ("ksqldb", Confidence.SURE)
    assert (failure.exception, failure.cause, failure.message) == (
        "deserializationError", "Unexpected end", "no JSON"
    )  # fmt: skip
    assert (letter.origin.topic, letter.origin.position) == ("orders", None)
    assert letter.is_pointer


@pytest.mark.parametrize(
    ("target", "encoded", "value"),
    [
        ("value", "eyJpZCI6", b'{"id":'),
        ("value", None, None),
        ("value", "no base64", None),
        ("key", "eyJpZCI6", None),
    ],
)
def test_a_value_that_the_log_has_leads_to_the_original(
    target: str, encoded: str | None, value: bytes | None
) -> None:
    error = {**ERROR, "target": target, "recordB64": encoded}
    entry = {"message": {"deserializationError": error}}
    record = record_of(TOPIC, value=json.dumps(entry).encode())
    letter = read_letter(record)
    assert (letter.sought_value, letter.is_pointer) == (value, True)
    orders = [record_of("orders", 0, n, value=each) for n, each in enumerate((b"{}", b'{"id":'))]
    found = find_original(FakeSource([*orders, record]), letter)
    if value is None:
        assert found == NotFound(
            "It came from orders, but has neither an offset nor the original's value."
        )
    else:
        assert isinstance(found, Found)
        assert found.record == orders[1]


def test_the_log_says_when() -> None:
    letter = read_letter(record_of(TOPIC, value=json.dumps(ENTRY).encode()))
    assert letter.last.failed_at_ms == 1_700_000_000_000


@pytest.mark.parametrize(
    "value", [None, b"", b"[]", b"{}", b"{", b'{"message":7}', b'{"productionError":[]}', b"\xff"]
)
def test_other_values_are_no_entries(value: bytes | None) -> None:
    assert read_letter(record_of(TOPIC, value=value)).framework is None


def test_an_entry_without_any_detail_is_one_all_the_same() -> None:
    letter = read_letter(record_of(TOPIC, value=b'{"productionError":{"cause":[7]}}'))
    assert letter.last.failure.exception == "productionError"
    assert (letter.last.failure.cause, letter.last.failure.message) == (None, None)
