"""How frameworks write values into headers. What cannot be read is None: it does not tell.

A known header has one codec: the same four bytes are a partition to one framework, text to another.
"""

import base64
import re
from collections.abc import Callable
from datetime import datetime, timedelta

Decoded = str | int | None
Codec = Callable[[bytes], Decoded]

_INT32, _INT64 = 4, 8
_DECIMAL = re.compile(rb"\d{1,19}")
_TICKS_AT_EPOCH = 621_355_968_000_000_000
"""1970 in .NET's ticks of 100 ns since the year 1."""
_TICKS_PER_MS = 10_000


def name(raw: bytes) -> str | None:
    """A name as UTF-8; with a byte that is none it would name something else."""
    try:
        return raw.decode() or None
    except UnicodeDecodeError:
        return None


def text(raw: bytes) -> str:
    """Text for people: bytes that are no UTF-8 are replaced, so that the rest is not lost."""
    return raw.decode("utf-8", "replace")


def connector_group(raw: bytes) -> str | None:
    """The consumer group of a Kafka Connect sink, which it makes from the connector's name."""
    connector = name(raw)
    return None if connector is None else f"connect-{connector}"


def uri_topic(raw: bytes) -> str | None:
    """The topic of a .NET endpoint's address, such as `kafka://topic/orders`."""
    _, found, topic = (name(raw) or "").partition("://topic/")
    return topic or None if found else None


def type_in_source(raw: bytes) -> str:
    """The class of `System.TimeoutException in Shop.Payments`."""
    return text(raw).partition(" in ")[0]


def http_code(raw: bytes) -> str:
    """An HTTP status as a name for what failed."""
    return f"HTTP {text(raw)}"


def base64_text(raw: bytes) -> str:
    """Text behind base64, or as it is where it is none."""
    try:
        return text(base64.b64decode(raw, validate=True))
    except ValueError:
        return text(raw)


def retries(raw: bytes) -> int | None:
    """How often it was tried, from how often it was tried again."""
    count = decimal(raw)
    return None if count is None else count + 1


def decimal(raw: bytes) -> int | None:
    """A number in decimal digits; negative ones mean unknown wherever they are written."""
    return int(raw) if _DECIMAL.fullmatch(raw) else None


def int32(raw: bytes) -> int | None:
    """A big-endian number of four bytes."""
    return _not_negative(raw) if len(raw) == _INT32 else None


def int64(raw: bytes) -> int | None:
    """A big-endian number of eight bytes."""
    return _not_negative(raw) if len(raw) == _INT64 else None


def bigint(raw: bytes) -> int | None:
    """A big-endian number of as many bytes as it needs, as Java's BigInteger writes it."""
    return _not_negative(raw) if 1 <= len(raw) <= _INT64 else None


NUMBERS: tuple[Codec, ...] = (int32, int64, bigint)
"""Those of numbers that are no text."""


def number(raw: bytes) -> int | None:
    """A number of unknown spelling: decimal digits, else a big-endian one of 4 or 8 bytes."""
    if raw.isdigit():
        return decimal(raw)
    return _not_negative(raw) if len(raw) in (_INT32, _INT64) and not _is_printable(raw) else None


def dotnet_ticks(raw: bytes) -> int | None:
    """Decimal .NET ticks as milliseconds since the epoch."""
    ticks = decimal(raw)
    return None if ticks is None else _at_least_zero((ticks - _TICKS_AT_EPOCH) // _TICKS_PER_MS)


def iso_time(raw: bytes) -> int | None:
    """An ISO 8601 time as milliseconds since the epoch; without a zone it is no moment."""
    try:
        return _epoch_ms(datetime.fromisoformat(raw.decode()))
    except (ValueError, OverflowError):
        return None


def nservicebus_time(raw: bytes) -> int | None:
    """`2026-11-23 12:00:00:123456 Z` as milliseconds since the epoch."""
    try:
        return _epoch_ms(datetime.strptime(raw.decode(), "%Y-%m-%d %H:%M:%S:%f %z"))
    except (ValueError, OverflowError):
        return None


def time(raw: bytes) -> int | None:
    """A time of unknown spelling: a number of milliseconds, else ISO 8601."""
    milliseconds = number(raw)
    return iso_time(raw) if milliseconds is None else milliseconds


def _epoch_ms(moment: datetime) -> int | None:
    offset = moment.utcoffset()
    if offset is None:
        return None
    since = moment.replace(tzinfo=None) - offset - datetime(1970, 1, 1)  # noqa: DTZ001
    return _at_least_zero(since // timedelta(milliseconds=1))


def _not_negative(raw: bytes) -> int | None:
    return _at_least_zero(int.from_bytes(raw, "big", signed=True))


def _at_least_zero(value: int) -> int | None:
    return value if value >= 0 else None


def _is_printable(raw: bytes) -> bool:
    return raw.isascii() and raw.decode("ascii").isprintable()
