"""A program in a real pseudo-terminal: what it writes, and the keys that it is given."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self


class PseudoTerminal:
    """The program in a terminal of its own; it is killed where it does not end before."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, columns: int, rows: int
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> Self:
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

    def type(self, keys: bytes) -> None:
        """Give it these bytes, as a keyboard would."""
        os.write(self._master, keys)

    def written(self, timeout_s: float) -> bytes | None:
        """What it writes next; None where nothing comes in time, no bytes where it has ended."""
        if not select.select([self._master], [], [], timeout_s)[0]:
            return None
        try:
            return os.read(self._master, 65_536)
        except OSError:  # the other side is closed
            return b""
