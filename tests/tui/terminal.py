"""A real pseudo-terminal with the whole app in it: types keys, and keeps every byte."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from types import TracebackType

_CSI = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")


class Terminal:
    """The app in a terminal of its own, 120 × 40.

    Attributes:
        raw: every byte that the app wrote.
    """

    def __init__(self, *arguments: str, folder: str, first: str | None = None) -> None:
        self.raw = bytearray()
        self._pressed_at = 0
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environment = {
            **os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "HOME": folder,
            "XDG_CONFIG_HOME": folder, "XDG_STATE_HOME": folder,
            "PYTHONPATH": os.pathsep.join(filter(None, (first, os.getcwd()))),
        }  # fmt: skip
        for name in ("NO_COLOR", "KSTORY_SOURCE", "COLUMNS", "LINES"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tui", *arguments],
            stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    @property
    def drawn(self) -> str:
        """The words drawn since the last key, without the sequences between them."""
        return _CSI.sub(b"", bytes(self.raw[self._pressed_at :])).decode("utf-8", "replace")

    def press(self, keys: str) -> None:
        """Type, at once."""
        self._pressed_at = len(self.raw)
        os.write(self._master, keys.encode())

    def read(self, seconds: float) -> None:
        """Take in what is written, until nothing has come for so long."""
        while select.select([self._master], [], [], seconds)[0]:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # the other side is closed
                return
            self.raw += data

    def wait_for(self, text: str, timeout_s: float = 20.0) -> None:
        """Wait until this has been drawn since the last key."""
        until_s = time.monotonic() + timeout_s
        while text not in self.drawn:
            assert time.monotonic() < until_s, f"{text!r} did not come:\n{self.drawn[-2000:]}"
            self.read(0.1)

    def end(self, number: signal.Signals, timeout_s: float = 5.0) -> int:
        """Send a signal, and give the exit code."""
        self.process.send_signal(number)
        return self.leave(timeout_s)

    def leave(self, timeout_s: float = 5.0) -> int:
        """Wait for its end, and give the exit code."""
        until_s = time.monotonic() + timeout_s
        while self.process.poll() is None:
            assert time.monotonic() < until_s, "it did not end"
            self.read(0.1)
        self.read(0.1)
        return self.process.returncode
