"""An event as JSON data, under the names that `--json` prints and reducers are given."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import repeat
from typing import cast

from readers.decoders.payload import Json
from replay.event import Event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = tuple(f".{ms:03d}Z" for ms in range(1000))
_MS_BYTES = tuple(map(str.encode, _MS))


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
    try:
        return _second(second) + _MS[ms]
    except OverflowError:
        return None


def rfc3339_all(times_ms: Sequence[int | None]) -> list[bytes] | None:
    """All of them as `rfc3339` gives them, in ASCII; None where it gives None for one."""
    if None in times_ms:
        return None
    parts = map(divmod, cast(Sequence[int], times_ms), repeat(1000))
    try:
        return [_second_bytes(second) + _MS_BYTES[ms] for second, ms in parts]
    except OverflowError:
        return None


@lru_cache(maxsize=4096)
def _second_bytes(second: int) -> bytes:
    return _second(second).encode()


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    """The part that the records of one second share; they lie together."""
    at = _EPOCH + timedelta(seconds=second)
    return at.replace(tzinfo=None).isoformat(timespec="seconds")
