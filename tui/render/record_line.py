"""One record as one line of plain text, for `kstory tail`."""

from replay.event import Event
from replay.summary import summary
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


def key_text(key: bytes | None) -> str:
    """A key as people read it: null is ∅, and what is no text is hexadecimal."""
    if key is None:
        return NULL
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
