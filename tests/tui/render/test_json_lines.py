"""Lines made of many records at once are those that each would get on its own."""

from collections.abc import Callable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.record import Record, TimestampType
from replay.locator import Locator
from replay.streams import Stream
from tests.awkward import awkward_records
from tests.corpus_records import corpus
from tests.fakes import record_of
from tui.output import json_bytes
from tui.render.json_lines import JsonLines
from tui.render.record_json import event_document

PLAIN = Stream("orders", ("order-events",))
ELSEWHERE = Stream(
    "orders",
    ("order-events",),
    aggregate_id=(Locator.parse("value.orderId"), Locator.parse("header:eventId")),
    event_type=(Locator.parse("value.a.b"),),
    event_id=(Locator.parse("header:id"), Locator.parse("key")),
)
STREAMS = pytest.mark.parametrize("stream", [PLAIN, ELSEWHERE], ids=["plain", "elsewhere"])
PLACED = b'{"orderId":7,"a":{"b":"Paid"},"type":true,"eventId":1e400}'


def one_by_one(records: list[Record], stream: Stream) -> bytes:
    return b"".join(json_bytes(event_document(stream.event(record))) for record in records)


def at_once(records: list[Record], stream: Stream) -> bytes:
    return b"".join(JsonLines(lambda _: stream).chunks(records))


@STREAMS
def test_awkward_records(stream: Stream) -> None:
    records = awkward_records("awkward")
    assert at_once(records, stream) == one_by_one(records, stream)


@STREAMS
@pytest.mark.parametrize("name", ["connect", "debezium", "schemas", "spring", "streams"])
def test_records_of_real_systems(stream: Stream, name: str) -> None:
    records = list(corpus(name))
    assert at_once(records, stream) == one_by_one(records, stream)


@pytest.mark.parametrize("odd", [0, 1, 999, 1_000, 2_499])
@pytest.mark.parametrize(
    "change",
    [
        {"key": None},
        {"key": "café".encode()},
        {"key": b"hex:6"},
        {"value": None},
        {"value": b'{"a":'},
        {"value": b"\xff"},
        {"value": b'{\n"type": "Paid",\r"%d": 1}'},
        {"value": b"[" * 201 + b"]" * 201},
        {"headers": ()},
        {"headers": (("not UTF-8 \udcff", b"x"), ("ümlaut", b"y"))},
        {"headers": (("eventType", None), ("eventId", b"e-1"))},
        {"headers": (("eventId", b"%s"), ("eventType", b'"'))},
        {"timestamp_ms": None, "timestamp_type": None},
        {"timestamp_ms": 2**63 - 1},
        {"topic": "payment-events"},
    ],
    ids=repr,
)
def test_one_odd_record_among_many(odd: int, change: dict[str, object]) -> None:
    headers = (("eventType", b"OrderPaid"), ("eventId", b"e-7"))
    records = [record_of(offset=n, headers=headers, value=b'{"n":1}') for n in range(2_500)]
    records[odd] = records[odd]._replace(**change)
    assert at_once(records, PLAIN) == one_by_one(records, PLAIN)


def test_values_are_not_decoded_by_the_fast_way_where_another_package_may_know_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.render.json_lines.has_foreign_decoders", lambda: True)
    asked: list[str] = []

    def stream_of(topic: str) -> Stream:
        asked.append(topic)
        return PLAIN

    records = [record_of(offset=n) for n in range(3)]
    assert b"".join(JsonLines(stream_of).chunks(records)) == one_by_one(records, PLAIN)
    assert len(asked) == 3


def test_headers_named_by_an_id_take_no_more_memory_than_their_kinds() -> None:
    lines = JsonLines(lambda _: PLAIN)
    records = [record_of(offset=n, headers=((f"trace-{n}", b"1"),)) for n in range(3_000)]
    assert b"".join(lines.chunks(records)) == one_by_one(records, PLAIN)
    assert len(lines._templates) <= 1_000  # noqa: SLF001


_NAMES = st.sampled_from(["type", "eventId", "id", "orderId", "a", "b", "%d", "é"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)
_VALUES = (
    st.none()
    | st.just(PLACED)
    | _JSON.map(orjson.dumps)
    | _JSON.map(lambda value: orjson.dumps(value, option=orjson.OPT_INDENT_2))
    | st.binary(max_size=8)
)
_TEXTS = st.none() | st.text(max_size=6).map(str.encode) | st.binary(max_size=4)
_HEADERS = st.lists(
    st.tuples(st.sampled_from(["eventType", "id", "eventId", "%s", "\x1b", "é"]), _TEXTS),
    max_size=3,
)


@st.composite
def _records(draw: Callable[..., object]) -> list[Record]:
    kinds = draw(st.lists(st.tuples(_TEXTS, _VALUES, _HEADERS), min_size=1, max_size=4))
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=12))
    times = draw(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=3))
    return [
        Record(
            f"events-{n % 5 // 4}",
            n % 2,
            n,
            times[n % len(times)],
            None if times[n % len(times)] is None else TimestampType.CREATE,
            key,
            value,
            tuple(headers),
        )
        for n, (key, value, headers) in enumerate(chosen)
    ]


@STREAMS
@given(records=_records())
def test_any_records(stream: Stream, records: list[Record]) -> None:
    assert at_once(records, stream) == one_by_one(records, stream)
