"""One record as one line of plain text, for `kstory tail`."""

from replay.event import Event
from replay.summary import summary
from tui.render.text_head import character_end
from tui.render.times import Zone, date_and_time

_VALUE_CHARS = 512
NULL = "∅"


def record_line(event: Event, zone: Zone, *, with_topic: bool) -> str:
    """`2026-11-23 14:05:03.120  p7 @128441  order-4711  OrderPaid  amount 150.0`."""
    record = event.record
    where = f"{record.topic} " if with_topic else ""
    parts = (
        date_and_time(record.timestamp_ms, zone),
        f"{where}p{record.partition} @{record.offset}",
        key_text(record.key),
        event.type or "—",
        value_summary(event),
    )
    return "  ".join(parts)


def key_text(key: bytes | None, *, limit: int | None = None) -> str:
    """A key as people read it: null is ∅, and what is no text is hexadecimal.

    Of one that is longer than `limit` bytes no more is looked at; its size is said behind it.
    """
    if key is None:
        return NULL
    if limit is None or len(key) <= limit:
        return _text_or_hex(key)
    return f"{_text_or_hex(key[: character_end(key, limit)])}… {len(key):,} bytes"


def _text_or_hex(key: bytes) -> str:
    try:
        return key.decode("utf-8") or '""'
    except UnicodeDecodeError:
        return f"hex:{key.hex()}"


def value_summary(event: Event) -> str:
    """What a value holds, in one line that says when it is cut."""
    if event.error is not None:
        head = (event.record.value or b"")[:24].hex(" ")
        return f"✗ {event.error}  {head}"
    match event.payload.value:
        case None if event.record.value is None:
            return NULL
        case dict() as fields:
            return summary(fields, leave_out=event.aggregate)
        case bytes() as raw:
            more = " …" if len(raw) > 24 else ""
            return f"{raw[:24].hex(' ')}{more}  ({len(raw):,} bytes)"
        case value:
            text = str(value)
            cut = f"… {len(text):,} characters"
            return text if len(text) <= _VALUE_CHARS else text[:_VALUE_CHARS] + cut
