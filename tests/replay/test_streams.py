"""What a stream reads in a record when nobody configured where to look."""

import pytest

from readers.record import Header
from replay.locator import Locator
from replay.streams import Stream
from tests.fakes import START_MS, record_of

STREAM = Stream("orders", ("order-events",), dead_letters=("order-events-dlt",))
TYPE_HEADERS = ("eventType", "type", "ce_type", "__TypeId__")
TYPE_FIELDS = ("type", "eventType", "event", "@type")


def headers(*names: str) -> tuple[Header, ...]:
    return tuple((name, name.encode()) for name in names)


def value(*names: str) -> bytes:
    return ("{" + ",".join(f'"{name}":"{name}"' for name in names) + "}").encode()


@pytest.mark.parametrize("first", range(4))
def test_the_type_is_taken_from_the_first_header_that_tells_it(first: int) -> None:
    told = headers(*reversed(TYPE_HEADERS[first:]))
    event = STREAM.event(record_of(headers=told, value=value(*TYPE_FIELDS)))
    assert event.type == TYPE_HEADERS[first]


@pytest.mark.parametrize("first", range(4))
def test_the_type_is_taken_from_the_payload_where_no_header_tells_it(first: int) -> None:
    event = STREAM.event(record_of(value=value(*reversed(TYPE_FIELDS[first:]))))
    assert event.type == TYPE_FIELDS[first]


@pytest.mark.parametrize("first", range(3))
def test_the_event_id_is_taken_from_the_first_header_that_tells_it(first: int) -> None:
    names = ("eventId", "ce_id", "id")[first:]
    event = STREAM.event(record_of(headers=headers(*reversed(names)), value=value("eventId")))
    assert event.event_id == names[0]


def test_the_event_id_is_taken_from_the_payload_where_no_header_tells_it() -> None:
    assert STREAM.event(record_of(value=value("id", "eventId"))).event_id == "eventId"
    assert STREAM.event(record_of(value=value("id"))).event_id == "id"


def test_a_null_header_tells_nothing() -> None:
    event = STREAM.event(record_of(headers=(("eventType", None),), value=value("type")))
    assert event.type == "type"


def test_the_key_is_the_aggregate_and_the_timestamp_the_time() -> None:
    event = STREAM.event(record_of(key=b"order-1"))
    assert (event.aggregate, event.time_ms) == ("order-1", START_MS)


def test_what_cannot_be_decoded_is_an_event_all_the_same() -> None:
    event = STREAM.event(record_of(key=None, value=b'{"a":', timestamp_ms=None))
    assert (event.type, event.aggregate, event.event_id, event.time_ms) == (None,) * 4
    assert event.error is not None


def test_records_of_a_dead_letter_topic_are_letters() -> None:
    assert STREAM.event(record_of("order-events-dlt")).is_letter
    assert not STREAM.event(record_of("order-events")).is_letter


def test_a_configured_time_counts_where_it_is_told() -> None:
    stream = Stream("orders", ("order-events",), time=Locator("value", ("at",)))
    told = stream.event(record_of(value=b'{"at":"2026-11-23T11:59:59Z"}'))
    untold = stream.event(record_of(value=b'{"at":"yesterday"}'))
    assert (told.time_ms, untold.time_ms) == (START_MS - 1000, START_MS)


def test_all_topics_are_those_of_events_and_then_of_letters() -> None:
    assert STREAM.all_topics == ("order-events", "order-events-dlt")
