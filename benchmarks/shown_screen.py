"""What a terminal shows after each write, worked out by a terminal emulator afterwards.

The emulator (pyte) is slow, so it runs when nothing is measured any more, over the bytes as they
were logged with their times.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pyte

from benchmarks.timed_terminal import COLUMNS, ROWS, Pressed, Written

Look = Callable[["ShownScreen"], object]
"""What of a screen a key changes; None while that cannot be told, as in the middle of a repaint."""


class ShownScreen:
    """The screen as an xterm would show it."""

    def __init__(self) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)

    def take(self, entry: Written | Pressed) -> None:
        """Show what was written; a key alone changes nothing."""
        if isinstance(entry, Written):
            self._stream.feed(entry.data)

    @property
    def lines(self) -> list[str]:
        """Its lines, all of them."""
        return list(self._screen.display)

    @property
    def text(self) -> str:
        """Its lines as one text."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of the keys.

    Attributes:
        latencies_s: each key's name, and the time from it to its repaint.
        missed: those that were not shown before the next key was pressed, or the end; the time
            up to there stands for theirs, which was longer.
    """

    latencies_s: tuple[tuple[str, float], ...]
    missed: int


def answered(log: Iterable[Written | Pressed], looks: Mapping[str, Look]) -> Answered:
    """When each key was shown: by the first write after which its look is known, and another."""
    shown = ShownScreen()
    waiting: Pressed | None = None
    before: object = None
    found: list[tuple[str, float]] = []
    missed = 0
    for entry in log:
        shown.take(entry)
        if isinstance(entry, Pressed):
            if waiting is not None:
                missed += 1
                found.append((waiting.name, entry.at_s - waiting.at_s))
            waiting, before = entry, looks[entry.name](shown)
        elif waiting is not None and looks[waiting.name](shown) not in (None, before):
            found.append((waiting.name, entry.at_s - waiting.at_s))
            waiting = None
    if waiting is not None:
        missed += 1
        found.append((waiting.name, entry.at_s - waiting.at_s))
    return Answered(tuple(found), missed)
