"""An event as JSON data, under the names that `--json` prints and reducers are given."""

import base64
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from readers.decoders.payload import Json
from replay.event import Event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = tuple(f".{ms:03d}Z" for ms in range(1000))


def event_json(event: Event) -> dict[str, Json]:
    """The event as `tail --json` shows it.

    A timestamp that no calendar date can hold is null, and stands as a number in `timestamp_ms`.
    """
    record = event.record
    at = rfc3339(record.timestamp_ms)
    data: dict[str, Json] = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": at,
        "key": bytes_json(record.key),
        "headers": [[name_json(name), bytes_json(value)] for name, value in record.headers],
        "value": value_json(event),
        "encoding": event.payload.encoding,
        "type": event.type,
        "aggregate": event.aggregate,
        "event_id": event.event_id,
        "error": event.error,
    }
    if at is None and record.timestamp_ms is not None:
        data["timestamp_ms"] = record.timestamp_ms
    return data


def value_json(event: Event) -> Json:
    """The payload's value, bytes in their JSON form."""
    value = event.payload.value
    return bytes_json(value) if isinstance(value, bytes) else value


def bytes_json(raw: bytes | None) -> Json:
    """UTF-8 as a string, other bytes as `{"base64": …}`, none as null."""
    if raw is None:
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode("ascii")}


def name_json(name: str) -> Json:
    """A header's name; one that is not UTF-8 as its bytes."""
    return name if name.isascii() else bytes_json(name.encode("utf-8", "surrogateescape"))


def rfc3339(time_ms: int | None) -> str | None:
    """UTC with milliseconds; None for no time, and for one outside the years 1 to 9999."""
    if time_ms is None:
        return None
    second, ms = divmod(time_ms, 1000)
    whole = _rfc3339_second(second)
    return None if whole is None else whole + _MS[ms]


@lru_cache(maxsize=4096)
def _rfc3339_second(second: int) -> str | None:
    """The part that the records of one second share; they lie together."""
    try:
        at = _EPOCH + timedelta(seconds=second)
    except OverflowError:
        return None
    return at.replace(tzinfo=None).isoformat(timespec="seconds")
