"""A story's events as sentences, a line each; only the lines on screen are drawn."""

from collections.abc import Callable, Sequence
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

from replay.story import StoryEvent
from tui.render.lanes import marks_signs, sign_of
from tui.render.safe_text import visible
from tui.render.times import Zone, pause, time_of_day

_WIDE = 90


class StoryList(ScrollView, can_focus=True):
    """The events of a story; the cursor is the number of one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j,right", "step(1)", "Next", show=False, tooltip="The next event"),
        Binding("up,k,left", "step(-1)", "Back", show=False, tooltip="The event before"),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home,g", "jump(0)", "First", show=False, tooltip="The first event"),
        Binding("end,G", "jump(-1)", "Last", show=False, tooltip="The last event"),
        Binding("n", "mark(1)", "Next mark", tooltip="The next event that stands out"),
        Binding("N", "mark(-1)", "Mark before", show=False, tooltip="The marked event before"),
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
        self._colour_of = colour_of
        self._zone = zone
        self.cursor = 0

    def show(self, story_events: Sequence[StoryEvent], cursor: int) -> None:
        """Show these events, the cursor on number `cursor`; 0 where there are none."""
        self._events = story_events
        self.virtual_size = Size(self.size.width, len(story_events))
        self.move(cursor)

    def use_zone(self, zone: Zone) -> None:
        """Show times in this zone from now on."""
        self._zone = zone
        self.refresh()

    def move(self, n: int) -> None:
        """Put the cursor on event `n`, or the nearest there is."""
        self.cursor = max(1, min(n, len(self._events))) if self._events else 0
        if self.cursor:
            line = Region(0, self.cursor - 1, 1, 1)
            self.scroll_to_region(line, animate=False, force=True)
            self.post_message(self.Moved(self.cursor))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One event, or an empty line below the last."""
        index = self.scroll_offset.y + y
        width = self.size.width
        if not 0 <= index < len(self._events):
            return Strip.blank(width, self.rich_style)
        event = self._events[index]
        strip = Strip(list(self._segments(event, width)))
        style = self.rich_style
        if event.n == self.cursor:
            style += self.get_component_rich_style("story-list--cursor")
        return strip.adjust_cell_length(width).apply_style(style)

    def _segments(self, event: StoryEvent, width: int) -> list[Segment]:
        dim = self.get_component_rich_style("story-list--dim", partial=True)
        at = time_of_day(event.event.time_ms, self._zone)
        after = "" if event.told.after_ms is None else pause(event.told.after_ms)
        if width < _WIDE:
            at = at[:8]
        marks = marks_signs(event)
        colour = Style.parse(self._colour_of(event.event.record.topic))
        arrow = "▸" if event.n == self.cursor else " "
        digits = len(str(len(self._events)))
        head = f"{arrow}{event.n:>{digits}} {at} {after:<10} "
        room = max(12, width - len(head) - 2 - (len(marks) + 2 if marks else 0))
        said = visible(event.says, limit=512)
        said = said if len(said) <= room else f"{said[: room - 1]}…"
        return [
            Segment(head, dim),
            Segment(f"{sign_of(event)} ", colour),
            Segment(said, self._sentence_style(event)),
            Segment(f"  {marks}", self.get_component_rich_style("story-list--mark", partial=True)),
        ]

    def _sentence_style(self, event: StoryEvent) -> Style | None:
        if event.event.error is not None or event.event.is_letter:
            return self.get_component_rich_style("story-list--bad", partial=True)
        return None

    def action_step(self, by: int) -> None:
        """Move the cursor by so many events."""
        self.move(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.move(self.cursor + by * max(1, self.size.height - 1))

    def action_jump(self, index: int) -> None:
        """Move the cursor to the first event (0) or the last (-1)."""
        self.move(len(self._events) if index else 1)

    def action_mark(self, direction: int) -> None:
        """Move the cursor to the next event with a mark, or the one before."""
        found = [e.n for e in self._events if (e.n - self.cursor) * direction > 0 and e.marks]
        if found:
            self.move(min(found) if direction > 0 else max(found))
        else:
            self.notify("No other event stands out in this direction.")

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        self.move(self.scroll_offset.y + event.y + 1)
