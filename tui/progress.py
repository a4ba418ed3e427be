"""How far something is: one line on stderr, drawn over itself, on a terminal only."""

import shutil
import sys
import time
from types import TracebackType
from typing import Self

from readers.search import SearchStep
from tui.output import note
from tui.render.safe_text import visible

_EVERY_S = 0.2
_CLEAR_LINE = "\r\x1b[K"


class LineProgress:
    """A line that says how far it is; silent where stderr is no terminal."""

    def __init__(self) -> None:
        self._shows = sys.stderr.isatty()
        self._drawn_s = time.monotonic()
        self._dirty = False
        self._told: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.clear()

    def clear(self) -> None:
        """Take the line away, if it was drawn."""
        if self._dirty:
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()
            self._dirty = False

    def tell(self, said: str) -> None:
        """Say something beside the line, once; nothing where there is nothing to say."""
        if said and said not in self._told:
            self._told.add(said)
            self.clear()
            note(said)

    def draw(self, said: str) -> None:
        """Draw it, a few times a second."""
        now_s = time.monotonic()
        if not self._shows or now_s - self._drawn_s < _EVERY_S:
            return
        self._drawn_s, self._dirty = now_s, True
        room = max(1, shutil.get_terminal_size().columns - 1)
        sys.stderr.write(f"{_CLEAR_LINE}{visible(said)[:room]}")
        sys.stderr.flush()


class SearchProgress(LineProgress):
    """`searched 40,120 of 100,000, 8 found`; who stops it is told how far it was."""

    def __init__(self, done: str = "searched") -> None:
        super().__init__()
        self._done = done
        self._last = ""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)
        if isinstance(error, KeyboardInterrupt) and self._last and self._shows:
            note(f"Stopped: {self._last}.")

    def show(self, step: SearchStep, found: int | None = None) -> None:
        """Draw it, a few times a second; what is said of the search stays.

        `found` is None where nothing is looked for.
        """
        for said in (step.said, *(each.text for each in step.notices if not each.is_loss)):
            self.tell(said)
        self._last = f"{self._done} {step.searched:,} of {step.total:,}"
        if found is not None:
            self._last += f", {found:,} found"
        self.draw(f"{self._last}, Ctrl-C stops")
