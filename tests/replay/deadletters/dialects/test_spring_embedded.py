"""Spring Cloud Stream's letters whose value holds what would be headers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.record import Position
from replay.deadletters.letter import Confidence
from replay.deadletters.originals import Found, find_original
from replay.deadletters.reading import read_letter
from tests.fakes import START_MS, FakeSource, record_of

TOPIC = "error.orders.billing"
TOLD: dict[str, object] = {
    "contentType": "application/json",
    "x-original-topic": "orders",
    "x-original-partition": 0,
    "x-original-offset": 7,
    "x-original-timestamp": START_MS,
    "x-exception-fqcn": "org.x.MessagingException",
    "x-exception-message": "no answer",
    "x-exception-stacktrace": "org.x.MessagingException: x\nCaused by: com.shop.Late: no answer\n",
}


def embedded(told: dict[str, object], payload: bytes = b"{}") -> bytes:
    """As EmbeddedHeaderUtils.embedHeaders writes it."""
    parts = [b"\xff", bytes([len(told)])]
    for name, value in told.items():
        content = json.dumps(value).encode()
        parts += [bytes([len(name)]), name.encode(), len(content).to_bytes(4), content]
    return b"".join([*parts, payload])


def test_what_failed_is_read_from_the_value() -> None:
    letter = read_letter(record_of(TOPIC, key=b"k", value=embedded(TOLD)))
    assert (letter.framework, letter.confidence) == ("spring-cloud-stream", Confidence.SURE)
    assert letter.origin.position == Position("orders", 0, 7)
    assert letter.last.failure.exception == "org.x.MessagingException"
    assert letter.last.failure.cause == "com.shop.Late"
    assert letter.last.failure.message == "no answer"
    assert letter.last.failed_at_ms == letter.record.timestamp_ms


def test_the_original_is_what_lies_at_the_origin() -> None:
    original = record_of("orders", 0, 7, value=embedded({"contentType": "application/json"}))
    letter = record_of(TOPIC, key=original.key, value=embedded(TOLD))
    read = read_letter(letter)
    found = find_original(FakeSource([original, letter]), read)
    assert read.is_pointer
    assert isinstance(found, Found)
    assert found.record == original


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\xff",
        b"\xff\x01",
        embedded(TOLD)[:60],
        embedded({"contentType": "text/plain"}),
        embedded(TOLD)[1:],
        b"\xff\x01\x10x-original-topic\xff\xff\xff\xff{}",
    ],
)
def test_other_values_are_no_letters_of_it(value: bytes | None) -> None:
    assert read_letter(record_of(TOPIC, value=value)).framework is None


def test_in_a_topic_of_another_name_a_value_says_nothing() -> None:
    assert read_letter(record_of("orders", value=embedded(TOLD))).framework is None


@given(st.binary(max_size=60))
def test_no_value_makes_it_fail(value: bytes) -> None:
    read_letter(record_of(TOPIC, value=b"\xff" + value))
    read_letter(record_of(TOPIC, value=b"\xff\x01\x10x-original-topic" + value))
