"""A slider over a story's events: it shows where the cursor is, and takes it where it is put."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget

from tui.render.scrubber import n_at, track

_SAYS_WIDTH = 22


class Scrubber(Widget):
    """One line: how it is played, the slider, and the event's number."""

    @dataclass
    class Put(Message):
        """The slider was put on event `n`."""

        n: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._n = self._count = 0
        self._signs: Mapping[int, str] = {}
        self._says = ""
        self._is_held = False

    def show(self, n: int, count: int, says: str, signs: Mapping[int, str]) -> None:
        """Show event `n` of `count`; `says` tells how it is played."""
        self._n, self._count, self._says, self._signs = n, count, says, signs
        self.refresh()

    @property
    def _label(self) -> str:
        return f" #{self._n:,} of {self._count:,}"

    @property
    def _room(self) -> int:
        return max(
            0, self.size.width - _SAYS_WIDTH - 1 - len(f" #{self._count:,} of {self._count:,}")
        )

    def render(self) -> Text:
        """The line."""
        if not self._count:
            return Text("")
        text = Text(f"{self._says:<{_SAYS_WIDTH}} ", style="dim", no_wrap=True, overflow="crop")
        text.append(track(self._n, self._count, self._room, self._signs), style="not dim")
        text.append(self._label, style="not dim bold")
        return text

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the slider."""
        self._is_held = True
        self.capture_mouse()
        self._put(event.x)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Draw it along."""
        if self._is_held:
            self._put(event.x)

    def on_mouse_up(self) -> None:
        """Let go of it."""
        self._is_held = False
        self.release_mouse()

    def _put(self, x: int) -> None:
        column = x - self.styles.padding.left - _SAYS_WIDTH - 1
        n = n_at(column, self._count, self._room)
        if n and n != self._n:
            self.post_message(self.Put(n))
