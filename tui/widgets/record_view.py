"""A tail's records, a line each: only the lines on screen are decoded and drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from readers.record import Record
from replay.event import Event
from replay.window import RecordWindow
from replay.window_rows import Divider, Row
from tui.render.tail_row import Columns, columns_for, heading
from tui.render.times import Zone
from tui.widgets.record_lines import LineForm, LineStyles, RecordLines

_REDRAWS_PER_S = 20
_WHEEL_ROWS = 3


class RecordView(ScrollView, can_focus=True):
    """Draws a window of records; the cursor is the index of a row, which never changes.

    Attributes:
        cursor: None while there are no rows.
        following: the cursor stays on the newest row.
    """

    DEFAULT_CSS = """
    RecordView { height: 1fr; overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    RecordView > .record-view--cursor { background: $boost; text-style: bold; }
    RecordView:focus > .record-view--cursor { background: $accent 30%; }
    RecordView > .record-view--dim { color: $foreground; text-style: dim; }
    RecordView > .record-view--type { color: $text-accent; }
    RecordView > .record-view--bad { color: $text-error; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "record-view--cursor",
        "record-view--dim",
        "record-view--type",
        "record-view--bad",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "Next", show=False, tooltip="The next record"),
        Binding("up,k", "step(-1)", "Back", show=False, tooltip="The record before; reads on back"),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False, tooltip="A screen down"),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False, tooltip="A screen up"),
        Binding("end", "screen.end", "End", show=False, tooltip="Jump to the live end"),
        Binding("home,g", "first", "First", show=False, tooltip="The first record that is loaded"),
    ]

    @dataclass
    class Moved(Message):
        """The cursor stands on this record now; None on a line that is no record."""

        record: Record | None

    class NeedsEarlier(Message):
        """The cursor went up against the first row."""

    class NeedsLater(Message):
        """The cursor went down against the last row."""

    @dataclass
    class NeedsPassed(Message):
        """The cursor went up to the line of records that were passed over."""

        divider: Divider

    def __init__(
        self,
        read: Callable[[Record], Event],
        colour_of: Callable[[str], str],
        zone: Zone,
        *,
        several: bool,
    ) -> None:
        super().__init__()
        self._lines = RecordLines(read, colour_of)
        self._zone = zone
        self._several = several
        self._window = RecordWindow({})
        self._first = 0
        self._drawn_end = 0
        self._is_dirty = self._is_scrolling = self._waits = False
        self._told: Row | None = None
        self.cursor: int | None = None
        self.following = True

    def on_mount(self) -> None:
        """Redraw what changed, twenty times a second at the most."""
        self.set_interval(1 / _REDRAWS_PER_S, self._redraw_in_time)

    def on_unmount(self) -> None:
        """Let go of the records."""
        self._window = RecordWindow({})

    def on_resize(self) -> None:
        """Keep the cursor on screen."""
        self._is_dirty = True

    def show(self, window: RecordWindow, cursor: int | None = None) -> None:
        """Show another window, the cursor on a row of it; without one it follows the end."""
        self._window = window
        self._first = window.first_index
        self.cursor = cursor
        self.following = cursor is None
        self.changed()
        self.redraw()

    def changed(self) -> None:
        """The window's rows are others now; they are drawn with the next redraw."""
        self._is_dirty = True

    def use_zone(self, zone: Zone) -> None:
        """Show times in this zone from now on."""
        self._zone = zone
        self.refresh()

    @property
    def row_at_cursor(self) -> Row | None:
        """What the cursor stands on."""
        return None if self.cursor is None else self._window.row(self.cursor)

    @property
    def columns(self) -> Columns:
        """The columns at the present width."""
        hi = self._window.hi
        return columns_for(
            self.size.width,
            several=self._several,
            last_offset=max(hi.values(), default=0),
            last_partition=max((place.partition for place in hi), default=0),
        )

    @property
    def heading(self) -> str:
        """The names of the columns, for a line above."""
        return heading(self.columns)

    def _redraw_in_time(self) -> None:
        """Redraw; where not a row would stay on screen, only every other time: keys go first."""
        came = self._window.end_index - self._drawn_end
        self._waits = self.following and came >= self.size.height and not self._waits
        if not self._waits:
            self.redraw()

    def redraw(self) -> None:
        """Bring the scroll position and the cursor in step with the window, if it changed."""
        if not self._is_dirty:
            return
        self._is_dirty = False
        window = self._window
        self._drawn_end = window.end_index
        shift, self._first = window.first_index - self._first, window.first_index
        top = self.scroll_offset.y - shift
        self._is_scrolling = True
        self._take_size(Size(self.size.width, len(window)))
        if self.following or self.cursor is None:
            self.cursor = window.end_index - 1 if len(window) else None
            top = len(window)
        else:
            self.cursor = max(window.first_index, min(self.cursor, window.end_index - 1))
        self.scroll_to(y=max(0, top), animate=False, force=True)
        self._is_scrolling = False
        self._keep_cursor_on_screen()
        self._tell_moved()
        self.refresh()

    def _take_size(self, size: Size) -> None:
        """Be so large to scroll in; set as usual it would lay out the whole screen each time."""
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self.vertical_scrollbar.window_virtual_size = size.height

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """A dragged scroll bar lets go of the end, and asks for more at both ends."""
        super().watch_scroll_y(old_value, new_value)
        if self._is_scrolling or not self.is_mounted:
            return
        if new_value < self.max_scroll_y - 1:
            self.following = False
        if new_value <= 0 < old_value:
            self.post_message(self.NeedsEarlier())

    def move(self, index: int) -> None:
        """Put the cursor on a row, or the nearest there is; on the last one it follows."""
        window = self._window
        if not len(window):
            self.post_message(
                self.NeedsEarlier() if index < window.end_index else self.NeedsLater()
            )
            return
        if index < window.first_index:
            self.post_message(self.NeedsEarlier())
        elif index >= window.end_index:
            self.post_message(self.NeedsLater())
        before = self.cursor
        self.cursor = max(window.first_index, min(index, window.end_index - 1))
        self.following = index >= window.end_index - 1
        if self._is_dirty:  # a key waits for no beat of the clock
            self.redraw()
            return
        self._keep_cursor_on_screen()
        self._tell_moved()
        for changed in (before, self.cursor):
            self.refresh_line((changed or 0) - self._first)

    def _keep_cursor_on_screen(self) -> None:
        height = self.scrollable_content_region.height
        if self.cursor is None or height <= 0:
            return
        line, top = self.cursor - self._first, self.scroll_offset.y
        wanted = min(max(top, line - height + 1), line)
        if wanted != top:
            self._is_scrolling = True
            self.scroll_to(y=wanted, animate=False, force=True)
            self._is_scrolling = False

    def _tell_moved(self) -> None:
        row = self.row_at_cursor
        if row is not self._told:
            self._told = row
            self.post_message(self.Moved(row if isinstance(row, Record) else None))

    def event_of(self, record: Record) -> Event:
        """The record's event, decoded once while it is in use; a big value is not decoded."""
        return self._lines.event_of(record)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Some lines; what they have in common is looked up once for all of them."""
        dim, type_, bad, cursor = (
            self.get_component_rich_style(f"record-view--{part}", partial=part != "cursor")
            for part in ("dim", "type", "bad", "cursor")
        )
        line = self.rich_style
        self._lines.use(
            LineForm(
                self.scrollable_content_region.width,
                self.columns,
                self._zone,
                plain=LineStyles.over(line, dim, type_, bad),
                at_cursor=LineStyles.over(line + cursor, dim, type_, bad),
            )
        )
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One row, or an empty line below the last."""
        index = self._first + self.scroll_offset.y + y
        row = self._window.row(index)
        if row is None:
            return Strip.blank(self.scrollable_content_region.width, self.rich_style)
        return self._lines.line(row, at_cursor=index == self.cursor)

    def action_step(self, by: int) -> None:
        """Move the cursor by so many rows."""
        at = self._window.first_index if self.cursor is None else self.cursor
        passed = self._passed_between(at + by, at)
        self.move(at + by if passed is None else passed)

    def _passed_between(self, first: int, last: int) -> int | None:
        """The last line of records passed over between two rows, if there is one; ask for them."""
        for index in range(last, max(first, self._window.first_index) - 1, -1):
            row = self._window.row(index)
            if isinstance(row, Divider) and row.passed:
                self.post_message(self.NeedsPassed(row))
                return index
        return None

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.action_step(by * max(1, self.scrollable_content_region.height - 1))

    def action_first(self) -> None:
        """Move the cursor to the first row that is loaded."""
        self.move(self._window.first_index)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        event.prevent_default()
        self.action_step(-_WHEEL_ROWS)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        event.prevent_default()
        self.action_step(_WHEEL_ROWS)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row that was clicked."""
        index = self._first + self.scroll_offset.y + event.y
        if self._window.row(index) is not None:
            self.move(index)
