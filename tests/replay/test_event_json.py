"""An event as JSON: every byte of it can be told from every other."""

import orjson
import pytest

from readers.decoders.payload import Json
from replay.event_json import event_json, rfc3339
from replay.streams import Stream
from tests.fakes import START_MS, record_of

STREAM = Stream("orders", ("order-events",))


def test_an_event_has_every_name_that_is_promised() -> None:
    event = STREAM.event(
        record_of(partition=3, offset=7, value=b'{"type":"OrderPaid","eventId":"e1"}')
    )
    assert event_json(event) == {
        "topic": "order-events",
        "partition": 3,
        "offset": 7,
        "timestamp": "2026-11-23T12:00:00.000Z",
        "key": "order-1",
        "headers": [],
        "value": {"type": "OrderPaid", "eventId": "e1"},
        "encoding": "json",
        "type": "OrderPaid",
        "aggregate": "order-1",
        "event_id": "e1",
        "error": None,
    }


def test_binary_keys_and_values_are_base64() -> None:
    data = event_json(STREAM.event(record_of(key=b"\xff", value=b"\xfe\x00")))
    assert (data["key"], data["value"]) == ({"base64": "/w=="}, {"base64": "/gA="})
    assert (data["aggregate"], data["encoding"]) == ("hex:ff", "bytes")


def test_null_and_empty_are_told_apart() -> None:
    null = event_json(STREAM.event(record_of(key=None, value=None)))
    empty = event_json(STREAM.event(record_of(key=b"", value=b"")))
    assert (null["key"], null["value"], null["encoding"]) == (None, None, "null")
    assert (empty["key"], empty["value"], empty["encoding"]) == ("", "", "text")


def test_repeated_null_and_binary_headers_keep_their_order() -> None:
    headers = (("a", b"1"), ("b", None), ("a", b"\xff"), ("a", b""))
    data = event_json(STREAM.event(record_of(headers=headers)))
    assert data["headers"] == [["a", "1"], ["b", None], ["a", {"base64": "/w=="}], ["a", ""]]


@pytest.mark.parametrize(
    ("time_ms", "expected"),
    [
        (None, None),
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (START_MS + 7, "2026-11-23T12:00:00.007Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        (253_402_300_800_000, None),
        (-(2**63), None),
        (2**63 - 1, None),
    ],
)
def test_times_are_rfc_3339_where_a_calendar_holds_them(
    time_ms: int | None, expected: str | None
) -> None:
    assert rfc3339(time_ms) == expected


def test_an_absurd_timestamp_stands_as_a_number() -> None:
    data = event_json(STREAM.event(record_of(timestamp_ms=2**63 - 1)))
    assert (data["timestamp"], data["timestamp_ms"]) == (None, 2**63 - 1)


def test_a_missing_timestamp_is_null_and_no_number() -> None:
    data = event_json(STREAM.event(record_of(timestamp_ms=None)))
    assert data["timestamp"] is None
    assert "timestamp_ms" not in data


@pytest.mark.parametrize("value", [b'{"a":', b"[" * 100_000, b"\xff", b'{"a":NaN}', None])
def test_every_event_can_be_written_as_json(value: bytes | None) -> None:
    data: Json = event_json(STREAM.event(record_of(value=value)))  # type: ignore[assignment]
    assert orjson.loads(orjson.dumps(data)) == data
