"""The whole app in a real pseudo-terminal: types keys, and keeps every byte."""

import os
import re
import signal
import sys
import time

from tests.pseudo_terminal import PseudoTerminal
from tests.waiting import ENOUGH_S

_CSI = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")


class Terminal(PseudoTerminal):
    """The app in a terminal of its own, 120 × 40.

    Attributes:
        raw: every byte that the app wrote.
    """

    def __init__(self, *arguments: str, folder: str, first: str | None = None) -> None:
        self.raw = bytearray()
        self._pressed_at = 0
        environment = {
            **os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_STATE_HOME": folder,
            "PYTHONPATH": os.pathsep.join(filter(None, (first, os.getcwd()))),
        }  # fmt: skip
        for name in ("NO_COLOR", "KSTORY_SOURCE", "COLUMNS", "LINES"):
            environment.pop(name, None)
        super().__init__(
            [sys.executable, "-m", "tui", *arguments], environment, columns=120, rows=40
        )

    @property
    def drawn(self) -> str:
        """The words drawn since the last key, without the sequences between them."""
        return _CSI.sub(b"", bytes(self.raw[self._pressed_at :])).decode("utf-8", "replace")

    def press(self, keys: str) -> None:
        """Type, at once."""
        self._pressed_at = len(self.raw)
        self.type(keys.encode())

    def read(self, seconds: float) -> None:
        """Take in what is written, until nothing has come for so long."""
        while data := self.written(seconds):
            self.raw += data

    def wait_for(self, text: str) -> None:
        """Wait until this has been drawn since the last key."""
        until_s = time.monotonic() + ENOUGH_S
        while text not in self.drawn:
            assert time.monotonic() < until_s, f"{text!r} did not come:\n{self.drawn[-2000:]}"
            self.raw += self.written(0.1) or b""

    def end(self, number: signal.Signals) -> int:
        """Send a signal, and give the exit code."""
        self.process.send_signal(number)
        return self.leave()

    def leave(self) -> int:
        """Wait for its end, and give the exit code."""
        until_s = time.monotonic() + ENOUGH_S
        while self.process.poll() is None:
            assert time.monotonic() < until_s, "it did not end"
            self.raw += self.written(0.1) or b""
        self.read(0.1)
        return self.process.returncode
