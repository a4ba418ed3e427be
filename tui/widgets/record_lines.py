"""The lines of a tail as they are drawn: made as they come on screen, kept while they stay."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from readers.record import Position, Record
from replay.event import Event
from replay.window_rows import Divider, Row
from tui.render.safe_text import visible
from tui.render.tail_row import Columns, cells_of, without_big_value
from tui.render.times import Zone

_EVENTS_KEPT = 2_000
_LINES_KEPT = 500
_DIVIDER_CHARS = 512


@dataclass(frozen=True, slots=True)
class LineStyles:
    """How the parts of a line look, all of them over the line's own style."""

    line: Style
    dim: Style
    type: Style
    bad: Style

    @classmethod
    def over(cls, line: Style, dim: Style, type_: Style, bad: Style) -> "LineStyles":
        """Parts with these styles of their own, on a line that looks like this."""
        return cls(line, line + dim, line + type_, line + bad)


@dataclass(frozen=True, slots=True)
class LineForm:
    """All that lines have in common; lines of another form are drawn anew."""

    width: int
    columns: Columns
    zone: Zone
    plain: LineStyles
    at_cursor: LineStyles


class RecordLines:
    """Draws rows. A row that was drawn is not decoded or drawn again while its form stays."""

    def __init__(self, read: Callable[[Record], Event], colour_of: Callable[[str], str]) -> None:
        self._read = read
        self._colour_of = colour_of
        self._form: LineForm | None = None
        self._events: OrderedDict[Position, Event] = OrderedDict()
        self._drawn: dict[int, tuple[Row, Strip]] = {}

    def use(self, form: LineForm) -> None:
        """Draw lines of this form from now on."""
        if form != self._form:
            self._form = form
            self._drawn.clear()

    def line(self, row: Row, *, at_cursor: bool) -> Strip:
        """The line of a row."""
        assert self._form is not None, "a form is given before the first line"
        if at_cursor:
            return self._strip(row, self._form, self._form.at_cursor)
        drawn = self._drawn.get(id(row))
        if drawn is None or drawn[0] is not row:
            if len(self._drawn) >= _LINES_KEPT:
                self._drawn.clear()
            drawn = self._drawn[id(row)] = row, self._strip(row, self._form, self._form.plain)
        return drawn[1]

    def event_of(self, record: Record) -> Event:
        """The record's event, decoded once while it is in use; a big value is not decoded."""
        place = record.position
        event = self._events.get(place)
        if event is None or event.record is not record:
            event = self._read(without_big_value(record))
            event = event if event.record is record else replace(event, record=record)
            self._events[place] = event
            if len(self._events) > _EVENTS_KEPT:
                self._events.popitem(last=False)
        else:
            self._events.move_to_end(place)
        return event

    def _strip(self, row: Row, form: LineForm, styles: LineStyles) -> Strip:
        if isinstance(row, Divider):
            segments = [Segment(f"  ─ {visible(row.text, limit=_DIVIDER_CHARS)} ─", styles.dim)]
        else:
            segments = self._segments(self.event_of(row), form, styles)
        return _fitted(segments, form.width)

    def _segments(self, event: Event, form: LineForm, styles: LineStyles) -> list[Segment]:
        cells = cells_of(event, form.columns, form.zone)
        is_bad = event.error is not None
        mark = "▸" if styles is form.at_cursor else " "
        segments = [Segment(f"{mark} {cells.when} ", styles.dim)]
        if cells.topic:
            colour = styles.line + Style.parse(self._colour_of(event.record.topic))
            segments.append(Segment(f"{cells.topic} ", colour))
        return [
            *segments,
            Segment(f"{cells.place} ", styles.dim),
            Segment(f"{cells.key} ", styles.line),
            Segment(f"{cells.type} ", styles.bad if is_bad else styles.type),
            Segment(cells.value, styles.bad if is_bad else styles.line),
        ]


def _fitted(segments: list[Segment], width: int) -> Strip:
    """The segments as a line of this width; the last one is cut or padded."""
    *first, last = segments
    room = width - sum(segment.cell_length for segment in first)
    if room < 0:
        return Strip(first).crop(0, width)
    return Strip([*first, Segment(set_cell_size(last.text, room), last.style)], width)
