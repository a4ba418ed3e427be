"""Events for tests of stories: by partition, offset, time and the little else that matters."""

from collections.abc import Sequence

import orjson

from readers.decoders.payload import Json
from readers.record import Header
from replay.event import Event
from replay.streams import Stream
from tests.fakes import START_MS, record_of

STREAM = Stream("orders", ("order-events", "payment-events"), dead_letters=("order-events-dlt",))


def event(
    offset: int = 0,
    at_s: float | None = 0,
    *,
    topic: str = "order-events",
    partition: int = 0,
    id: str | None = None,
    type: str | None = None,
    cause: str | None = None,
    value: Json = None,
    raw: bytes | None = b"{}",
    headers: Sequence[Header] = (),
    stream: Stream = STREAM,
) -> Event:
    """An event of order-1, `at_s` seconds after the start of all tests."""
    named = (("eventId", id), ("eventType", type), ("causationId", cause))
    record = record_of(
        topic,
        partition,
        offset,
        value=raw if value is None else orjson.dumps(value),
        timestamp_ms=None if at_s is None else START_MS + round(at_s * 1000),
        headers=(*headers, *((name, text.encode()) for name, text in named if text is not None)),
    )
    return stream.event(record)
