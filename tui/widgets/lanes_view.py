"""The lanes of a story above its list: where its events lie, and where the cursor is."""

from collections.abc import Callable, Sequence

from rich.text import Text
from textual import events
from textual.geometry import Region
from textual.widget import Widget

from replay.story import StoryEvent
from tui.render.lanes import Lane, columns, lanes, pointer
from tui.render.safe_text import visible
from tui.widgets.scrubber import Scrubber
from tui.widgets.story_list import nearest

_NAME_WIDTH = 22
_MAX_LANES = 6


class LanesView(Widget):
    """A row a topic and a pointer under them; as many rows as there are topics, up to six."""

    def __init__(self, colour_of: Callable[[str], str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._colour_of = colour_of
        self._events: Sequence[StoryEvent] = ()
        self._topics: Sequence[str] = ()
        self._cursor = 0
        self._drawn: tuple[int, Sequence[Lane], Sequence[int]] | None = None

    def show(self, events: Sequence[StoryEvent], topics: Sequence[str]) -> None:
        """Show these events; topics without events come last."""
        self._events, self._topics = events, topics
        self._cursor = 0
        self._drawn = None
        told = len({event.event.record.topic for event in events})
        self.styles.height = min(_MAX_LANES, max(1, told)) + 1
        self.refresh()

    def point_at(self, n: int) -> None:
        """Move the pointer to event `n`."""
        self._cursor = n
        self.refresh(Region(0, self.size.height - 1, self.size.width, 1))

    def render(self) -> Text:
        """The rows and the pointer."""
        room = self.size.width - _NAME_WIDTH - 1
        if not self._events or room < 8:
            return Text("")
        rows, places = self._axis(room)
        text = Text(no_wrap=True, overflow="crop")
        for lane in rows[:_MAX_LANES]:
            name = visible(lane.topic, limit=64)
            name = name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 1]}…"
            text.append(f"{name:<{_NAME_WIDTH}} ", style="dim")
            text.append(f"{lane.cells}\n", style=self._colour_of(lane.topic))
        if self._cursor:
            text.append(" " * (_NAME_WIDTH + 1))
            text.append(pointer(places[self._cursor - 1], self._cursor, room), style="bold")
        if len(rows) > _MAX_LANES:
            text.append(f"   {len(rows) - _MAX_LANES} more topics", style="dim")
        return text

    def _axis(self, room: int) -> tuple[Sequence[Lane], Sequence[int]]:
        """The rows and each event's column; they are made once for a width."""
        if self._drawn is None or self._drawn[0] != room:
            told = {event.event.record.topic for event in self._events}
            rows = [lane for lane in lanes(self._events, self._topics, room) if lane.topic in told]
            places = columns([event.told.after_ms for event in self._events], room)
            self._drawn = room, rows, places
        return self._drawn[1:]

    def on_click(self, event: events.Click) -> None:
        """Take the cursor to the event nearest to where the mouse is."""
        room = self.size.width - _NAME_WIDTH - 1
        if not self._events or room < 8:
            return
        column = event.x - self.styles.padding.left - _NAME_WIDTH - 1
        places = self._axis(room)[1]
        self.post_message(Scrubber.Put(nearest(places, column) + 1))
