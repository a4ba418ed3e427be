"""A story's events as sentences, a line each; only the lines on screen are drawn."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from replay.order import is_tie
from replay.story import StoryEvent
from tui.render.story_row import story_row
from tui.render.times import Zone

STEP_BINDINGS = (
    Binding("left", "screen.step(-1)", "Step", key_display="←/→", tooltip="The event before"),
    Binding("right", "screen.step(1)", "Step", show=False, tooltip="The next event"),
)
"""For every widget beside the list: ← and → step wherever one is."""


class StoryList(ScrollView, can_focus=True):
    """The events of a story, or some of them; the cursor is the number of one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *STEP_BINDINGS,
        Binding("down,j", "step(1)", "Next", show=False, tooltip="The next event"),
        Binding("up,k", "step(-1)", "Back", show=False, tooltip="The event before"),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home,g", "jump(0)", "First", show=False, tooltip="The first event"),
        Binding(
            "end,G", "screen.latest", "Last", show=False, tooltip="The last event, new ones too"
        ),
        Binding(
            "right_square_bracket",
            "mark(1)",
            "Next mark",
            show=False,
            tooltip="The next event that stands out",
        ),
        Binding(
            "left_square_bracket",
            "mark(-1)",
            "Mark before",
            show=False,
            tooltip="The event before that stands out",
        ),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "story-list--cursor",
        "story-list--dim",
        "story-list--mark",
        "story-list--bad",
    }

    @dataclass
    class Moved(Message):
        """The cursor stands on event `n` now."""

        n: int

    def __init__(
        self, colour_of: Callable[[str], str], zone: Zone, *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._events: Sequence[StoryEvent] = ()
        self._shown: Sequence[int] = ()
        self._notes: Mapping[int, str] = {}
        self._colour_of = colour_of
        self._zone = zone
        self.cursor = 0

    def show(
        self,
        story_events: Sequence[StoryEvent],
        cursor: int,
        *,
        only: Sequence[int] | None = None,
    ) -> None:
        """Show these events, or `only` those of these ascending numbers, the cursor on one."""
        self._events = story_events
        self._shown = range(1, len(story_events) + 1) if only is None else only
        self.virtual_size = Size(self.size.width, len(self._shown))
        self.move(cursor)
        self.refresh()

    def note(self, notes: Mapping[int, str]) -> None:
        """Show these words behind events, by their numbers; they are safe to be drawn."""
        self._notes = notes
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor on screen."""
        if self.cursor:
            row = nearest(self._shown, self.cursor)
            self.scroll_to_region(Region(0, row, 1, 1), animate=False, force=True)

    def use_zone(self, zone: Zone) -> None:
        """Show times in this zone from now on."""
        self._zone = zone
        self.refresh()

    def move(self, n: int) -> None:
        """Put the cursor on event `n`, or the nearest that is shown."""
        self._move_to_row(nearest(self._shown, n))

    def _move_to_row(self, row: int) -> None:
        if self._shown and self.cursor:
            self.refresh_line(nearest(self._shown, self.cursor))
        row = max(0, min(row, len(self._shown) - 1))
        self.cursor = self._shown[row] if self._shown else 0
        if self.cursor:
            self.scroll_to_region(Region(0, row, 1, 1), animate=False, force=True)
            self.post_message(self.Moved(self.cursor))
            self.refresh_line(row)  # a repaint of all lines would not keep up with a held key

    def render_line(self, y: int) -> Strip:
        """One event, or an empty line below the last."""
        row = self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        if not 0 <= row < len(self._shown):
            return Strip.blank(width, self.rich_style)
        event = self._events[self._shown[row] - 1]
        strip = Strip(list(self._segments(event, width)))
        style = self.rich_style
        if event.n == self.cursor:
            style += self.get_component_rich_style("story-list--cursor")
        return strip.adjust_cell_length(width).apply_style(style)

    def _segments(self, event: StoryEvent, width: int) -> list[Segment]:
        row = story_row(
            event,
            self._zone,
            width=width,
            digits=len(str(len(self._events))),
            is_at_cursor=event.n == self.cursor,
            is_tied=event.n > 1 and is_tie(self._events[event.n - 2].event, event.event),
            note=self._notes.get(event.n, ""),
        )
        colour = Style.parse(self._colour_of(event.event.record.topic))
        return [
            Segment(row.head, self.get_component_rich_style("story-list--dim", partial=True)),
            Segment(row.sign, colour),
            Segment(row.says, self._sentence_style(event)),
            Segment(row.marks, self.get_component_rich_style("story-list--mark", partial=True)),
        ]

    def _sentence_style(self, event: StoryEvent) -> Style | None:
        if event.event.error is not None or event.event.is_letter:
            return self.get_component_rich_style("story-list--bad", partial=True)
        return None

    def action_step(self, by: int) -> None:
        """Move the cursor by so many events."""
        self._move_to_row(nearest(self._shown, self.cursor) + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.action_step(by * max(1, self.size.height - 1))

    def action_jump(self, index: int) -> None:
        """Move the cursor to the first event (0) or the last (-1)."""
        self._move_to_row(len(self._shown) if index else 0)

    def action_mark(self, direction: int) -> None:
        """Move the cursor to the next event with a mark, or the one before."""
        row = nearest(self._shown, self.cursor)
        rows = range(row + 1, len(self._shown)) if direction > 0 else range(row - 1, -1, -1)
        found = next((row for row in rows if self._events[self._shown[row] - 1].marks), None)
        if found is None:
            self.notify("No other event stands out in this direction.")
        else:
            self._move_to_row(found)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        self._move_to_row(self.scroll_offset.y + event.y)


def nearest(numbers: Sequence[int], n: int) -> int:
    """Which of these ascending numbers lies nearest to `n`; of two as near, the one below."""
    row = bisect_left(numbers, n)
    if row == len(numbers):
        return max(0, row - 1)
    if row and n - numbers[row - 1] <= numbers[row] - n:
        return row - 1
    return row
