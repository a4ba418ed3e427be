"""Tail: the records of topics as they come, and what lies before them."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Footer, Input, Static

from readers.errors import UsageError
from readers.record import Position, Record
from replay.ranges import AtTime
from tui.render.landing import parse_offset
from tui.render.record_line import NULL
from tui.render.safe_text import visible
from tui.render.tail_filter import parse_filter
from tui.render.times import parse_time
from tui.screens.tail.reading import TailReading
from tui.screens.tail.work import load_around, load_newest
from tui.widgets.record_detail import RecordDetail
from tui.widgets.record_view import RecordView
from tui.widgets.status_line import StatusLine
from tui.widgets.tail_title import TailTitle

_TITLE_EVERY_S = 0.25
_BEHIND_EVERY_S = 3.0
_COPY_CHARS = 256_000
_QUESTIONS = {
    "filter": 'filter: p=3,7 key=order-4711 has=Timeout value.amount > 100 && type != "x"',
    "time": "time: 14:05, yesterday 14:05, 2h ago, 2026-11-23T14:05:00Z, 1795435200000",
    "offset": "offset: 7@128441 (partition@offset), topic:7@128441, or one for every partition",
}


class TailScreen(TailReading):
    """Shows the newest records, or those around `start`, and follows from there."""

    ABOUT = (
        "Records as they come. The cursor on the last line follows; on any other it stays where it "
        "is. Up from the first line reads what lies before. The table holds 20,000 records or "
        "64 MB: when it is full and the cursor is not at the end, it holds, and goes on when you "
        "go down. Of more than 5,000 records a second it shows a sample, the newest, and says so; "
        "Up onto the line that stands for the others reads them. A filter is p=3,7 (partitions), "
        "key=…, has=… (text anywhere in it), and a CEL condition, each optional; it is applied to "
        "all that comes, and what lies before is searched back from the end."
    )
    DEFAULT_CSS = """
    TailScreen #columns { height: 1; color: $text-muted; }
    TailScreen #line { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", tooltip="Pause, or go on where it was paused"),
        Binding("slash", "ask('filter')", "Filter", tooltip="Filter by partition, key, condition"),
        Binding("t", "ask('time')", "Time", tooltip="Jump to a time"),
        Binding("o", "ask('offset')", "Offset", tooltip="Jump to an offset or a position"),
        Binding("enter", "detail", "Detail", tooltip="All of the record: key, headers, value"),
        Binding("s", "story", "Story", tooltip="The story of the record's aggregate"),
        Binding("G", "end", "End", tooltip="Jump to the live end"),
        Binding("x", "hex", "Hex", show=False, tooltip="The value's bytes in hexadecimal"),
        Binding("plus", "more", "More", show=False, tooltip="Show more of a long value"),
        Binding("y", "copy", "Copy", show=False, tooltip="Copy the record's value"),
        Binding("escape", "back", "Back", tooltip="Close the line, stop the search, then back"),
    ]

    def __init__(self, topics: tuple[str, ...], *, start: Position | None = None) -> None:
        super().__init__(topics)
        self._start = start
        self._asked = ""

    def compose(self) -> ComposeResult:
        """The title, the columns' names, the records, the detail, the line to type in, the keys."""
        app = self.kstory
        yield TailTitle(self._topics)
        yield Static("", id="columns", markup=False)
        several = len(self._topics) > 1
        yield RecordView(self._read, app.colour_of, app.zone, several=several)
        yield RecordDetail(self._read)
        yield Input(id="line", classes="hidden", compact=True)
        yield StatusLine()
        yield Footer()

    @property
    def _detail(self) -> RecordDetail:
        return self.query_one(RecordDetail)

    @property
    def _line(self) -> Input:
        return self.query_one("#line", Input)

    def on_mount(self) -> None:
        """Load the first page."""
        self._view.focus()
        self.set_interval(_TITLE_EVERY_S, self._draw_title)
        self.set_interval(_BEHIND_EVERY_S, self._count_behind)
        start = self._start
        self._reload(
            load_newest(self._tailed) if start is None else load_around(self._tailed, start)
        )

    def zone_changed(self) -> None:
        """Show all times in the app's zone."""
        self._view.use_zone(self.kstory.zone)
        self._show_detail()

    def on_resize(self) -> None:
        """Name the columns at their new widths."""
        self.call_after_refresh(self._draw_columns)

    def _draw_columns(self) -> None:
        if self.is_mounted:
            self.query_one("#columns", Static).update(self._view.heading)

    # The cursor.

    def on_record_view_moved(self, message: RecordView.Moved) -> None:
        """Show the record in the detail pane, if it is open."""
        del message
        self._show_detail()

    def _show_detail(self) -> None:
        if self._detail.is_shown:
            self._detail.show(self._record, self.kstory.zone)

    @property
    def _record(self) -> Record | None:
        row = self._view.row_at_cursor
        return row if isinstance(row, Record) else None

    def on_record_view_needs_earlier(self) -> None:
        """Read what lies before."""
        self._search_back()

    def on_record_view_needs_passed(self, message: RecordView.NeedsPassed) -> None:
        """Read what was passed over."""
        self._read_passed(message.divider)

    def on_record_view_needs_later(self) -> None:
        """Go on reading, where a full window held it."""
        self._go_on()

    # Keys.

    def action_pause(self) -> None:
        """Pause where it is, or go on from there."""
        self._paused = not self._paused
        if self._paused:
            self._stop_follow()
            self._count_behind()
        else:
            self._go_on()
        self._draw_title()

    def action_end(self) -> None:
        """Go to the live end; what is far behind is jumped over, and it is said."""
        if self._window is None:
            return
        self._paused, self._ending = False, True
        self._view.move(self._window.end_index)
        self._view.following = True
        self._ask_behind(self._window, anew=True)  # its answer decides: read on, or jump

    def action_detail(self) -> None:
        """Open the detail pane, or close it."""
        self._detail.toggle_class("shown")
        self._show_detail()
        if not self._detail.is_shown:
            self._view.focus()

    def action_hex(self) -> None:
        """Show the value's bytes, opening the detail pane."""
        if not self._detail.is_shown:
            self.action_detail()
        self._detail.toggle_hex()

    def action_more(self) -> None:
        """Show more of a long value."""
        self._detail.show_more()

    def action_story(self) -> None:
        """Open the story of the record's aggregate."""
        record = self._record
        if record is None:
            return
        aggregate = self._view.event_of(record).aggregate
        if aggregate is None:
            self.kstory.say("This record names no aggregate: its story cannot be told.")
        else:
            self.kstory.open_story(aggregate, record.topic)

    def action_copy(self) -> None:
        """Copy the record's value as it can be shown; long ones say what is left out."""
        record = self._record
        if record is None:
            return
        self.app.copy_to_clipboard(visible(value_text(record), limit=_COPY_CHARS, lines=True))
        self.kstory.say("Copied the value.")

    def action_back(self) -> None:
        """Close the line; stop the search; leave the detail pane; go back."""
        if not self._line.has_class("hidden"):
            self._close_line()
        elif self._search is not None:
            self._stop_search()
        elif self._detail.is_shown:
            self.action_detail()
        else:
            self.app.pop_screen()

    # The line to type in.

    def action_ask(self, what: str) -> None:
        """Open the line to type a filter, a time or an offset."""
        self._asked = what
        line = self._line
        line.placeholder = _QUESTIONS[what]
        line.value = self._filter.text if what == "filter" else ""
        line.remove_class("hidden")
        line.focus()

    def _close_line(self) -> None:
        self._line.add_class("hidden")
        self._view.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Do what was typed; what cannot be read stays in the line, with the reason."""
        try:
            self._answer(event.value.strip())
        except UsageError as error:
            self.kstory.say(str(error))
        else:
            self._close_line()

    def _answer(self, typed: str) -> None:
        if self._asked == "filter":
            wanted = parse_filter(typed)
            self._filter_before, self._filter = self._filter, wanted
            self._reload(load_newest(self._tailed))
        elif typed and self._asked == "time":
            at_ms = parse_time(typed, now_ms=self.kstory.now_ms(), zone=self.kstory.zone)
            self._reload(load_around(self._tailed, AtTime(at_ms)))
        elif typed:
            self._reload(load_around(self._tailed, parse_offset(typed, self._topics)))


def value_text(record: Record) -> str:
    """A value as text, else as hexadecimal; null is ∅."""
    raw = record.value
    if raw is None:
        return NULL
    try:
        return raw[:_COPY_CHARS].decode("utf-8") if len(raw) <= _COPY_CHARS else _head(raw)
    except UnicodeDecodeError:
        return raw[:_COPY_CHARS].hex(" ")


def _head(raw: bytes) -> str:
    text = raw[:_COPY_CHARS].decode("utf-8", "ignore")
    return f"{text}… +{len(raw) - _COPY_CHARS:,} bytes"
