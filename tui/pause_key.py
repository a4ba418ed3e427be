"""Space on the terminal: what is played stands still, and goes on."""

import os
import select
import sys
import termios
import time
import tty
from types import TracebackType
from typing import Any, Self

from replay.player import StoryClock

_LOOK_EVERY_S = 0.05
_KEY = b" "
_READ = 1024


class PauseKey:
    """Gives one key a meaning while something is played, where there is a terminal."""

    def __init__(self, pace: StoryClock) -> None:
        self._pace = pace
        self._looked_s = 0.0
        self._descriptor: int | None = None
        self._before: list[Any] | None = None

    def __enter__(self) -> Self:
        if sys.stdin is not None and sys.stdin.isatty() and _is_ours(sys.stdin.fileno()):
            self._descriptor = sys.stdin.fileno()
            self._before = termios.tcgetattr(self._descriptor)
            tty.setcbreak(self._descriptor, termios.TCSADRAIN)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._descriptor is not None and self._before is not None:
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    @property
    def hint(self) -> str:
        """What the key does next, behind a comma; empty where there is none."""
        if self._descriptor is None:
            return ""
        return ", space pauses" if self._pace.playing else ", space goes on"

    def look(self) -> bool:
        """Pause, or go on, if the key was pressed since; whether it was."""
        now_s = time.monotonic()
        if self._descriptor is None or now_s - self._looked_s < _LOOK_EVERY_S:
            return False
        self._looked_s = now_s
        if not _is_ours(self._descriptor) or not select.select([self._descriptor], [], [], 0)[0]:
            return False
        if os.read(self._descriptor, _READ).count(_KEY) % 2 == 0:
            return False
        if self._pace.playing:
            self._pace.pause()
        else:
            self._pace.play()
        return True


def _is_ours(descriptor: int) -> bool:
    """Whether this process is in front: one that runs behind would be stopped for reading."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # a terminal that controls no processes
        return True
