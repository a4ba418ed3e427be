"""One record as the cells of a tail's line; pure: the widget adds the styles."""

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from readers.record import Record
from replay.event import Event
from tui.render.numbers import size
from tui.render.record_line import NULL, key_text, value_summary
from tui.render.safe_text import visible
from tui.render.times import Zone, time_of_day

WIDE = 100
BIG_BYTES = 256_000
"""Larger values are not decoded for a line: 1 MB of JSON takes about 10 ms."""
_HEAD_BYTES = 400
_KEY_BYTES = 100
_CELL_CHARS = 512


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of the columns in cells; 0 leaves one away. The value takes what is left."""

    time: int
    topic: int
    partition: int
    offset: int
    key: int
    type: int


def columns_for(width: int, *, several: bool, last_offset: int, last_partition: int) -> Columns:
    """Columns that fit: narrow screens show seconds and shorter keys."""
    wide = width >= WIDE
    return Columns(
        time=12 if wide else 8,
        topic=(20 if wide else 10) if several else 0,
        partition=max(2, len(f"p{last_partition}")),
        offset=max(6, len(f"{last_offset:,}")),
        key=18 if wide else 12,
        type=18 if wide else 13,
    )


@dataclass(frozen=True, slots=True)
class Cells:
    """A line's text by what it is about; safe to be drawn, each padded to its column."""

    when: str
    topic: str
    place: str
    key: str
    type: str
    value: str


def cells_of(event: Event, columns: Columns, zone: Zone) -> Cells:
    """The cells of an event; the value's is as long as it is, up to 512 characters."""
    record = event.record
    when = time_of_day(record.timestamp_ms, zone)
    if columns.time < 12 and when[:1].isdigit():
        when = when[:8]
    kind = event.type or ("✗" if event.error else NULL if record.value is None else "—")
    return Cells(
        when=fit(when, columns.time),
        topic=fit(record.topic, columns.topic) if columns.topic else "",
        place=f"{f'p{record.partition}':<{columns.partition}} {record.offset:>{columns.offset},}",
        key=fit(key_text(record.key, limit=_KEY_BYTES), columns.key),
        type=fit(kind, columns.type),
        value=visible(_value_text(event), limit=_CELL_CHARS),
    )


def heading(columns: Columns) -> str:
    """The names of the columns."""
    topic = f" {fit('topic', columns.topic)}" if columns.topic else ""
    place = f"{'p':<{columns.partition}} {'offset':>{columns.offset}}"
    key, kind = fit("key", columns.key), fit("type", columns.type)
    return f"  {fit('time', columns.time)}{topic} {place} {key} {kind} value"


def without_big_value(record: Record) -> Record:
    """The record as it is read for a line: a big value is left away, and shown by its size."""
    is_big = record.value is not None and len(record.value) > BIG_BYTES
    return record._replace(value=b"") if is_big else record


def big_value_text(value: bytes) -> str:
    """A big value's size and its beginning."""
    head = value[:_HEAD_BYTES].decode("utf-8", "replace")
    return f"{size(len(value))}, not decoded here: {head}…"


def _value_text(event: Event) -> str:
    value = event.record.value
    if value is not None and len(value) > BIG_BYTES:
        return big_value_text(value)
    return value_summary(event) or "{}"


def fit(text: str, width: int) -> str:
    """The text made harmless, cut or padded to so many cells; a cut ends with `…`."""
    cleaned = visible(text[: width * 4], limit=_CELL_CHARS)
    if cell_len(cleaned) <= width and len(text) <= width * 4:
        return set_cell_size(cleaned, width)
    return f"{set_cell_size(cleaned, width - 1)}…"
