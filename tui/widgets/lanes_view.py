"""The lanes of a story above its list: where its events lie, and where the cursor is."""

from collections.abc import Callable, Sequence

from rich.text import Text
from textual.widget import Widget

from replay.story import StoryEvent
from tui.render.lanes import lanes, pointer
from tui.render.safe_text import visible

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

    def show(self, events: Sequence[StoryEvent], topics: Sequence[str]) -> None:
        """Show these events; topics without events come last."""
        self._events, self._topics = events, topics
        self._cursor = 0
        told = len({event.event.record.topic for event in events})
        self.styles.height = min(_MAX_LANES, max(1, told)) + 1
        self.refresh()

    def point_at(self, n: int) -> None:
        """Move the pointer to event `n`."""
        self._cursor = n
        self.refresh()

    def render(self) -> Text:
        """The rows and the pointer."""
        room = self.size.width - _NAME_WIDTH - 1
        if not self._events or room < 8:
            return Text("")
        text = Text(no_wrap=True, overflow="crop")
        told = {event.event.record.topic for event in self._events}
        rows = [lane for lane in lanes(self._events, self._topics, room) if lane.topic in told]
        for lane in rows[:_MAX_LANES]:
            name = visible(lane.topic, limit=64)
            name = name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 1]}…"
            text.append(f"{name:<{_NAME_WIDTH}} ", style="dim")
            text.append(f"{lane.cells}\n", style=self._colour_of(lane.topic))
        if self._cursor:
            text.append(" " * (_NAME_WIDTH + 1))
            text.append(pointer(self._events, self._cursor, room), style="bold")
        if len(rows) > _MAX_LANES:
            text.append(f"   {len(rows) - _MAX_LANES} more topics", style="dim")
        return text
