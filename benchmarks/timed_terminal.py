"""A program in a real pseudo-terminal: each byte it writes, and each key, with the time of it."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.pseudo_terminal import PseudoTerminal

COLUMNS, ROWS = 160, 48
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Written(NamedTuple):
    """What one read of the terminal brought, and when (monotonic seconds)."""

    at_s: float
    data: bytes


class Pressed(NamedTuple):
    """A key, and the moment before its bytes were given to the terminal."""

    at_s: float
    name: str


class TimedTerminal(PseudoTerminal):
    """The program in a terminal of 160 × 48.

    Attributes:
        log: what was written and pressed, in the order of it.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """`environment`: what it is given besides that of this process."""
        self.log: list[Written | Pressed] = []
        super().__init__(command, {**os.environ, **environment}, columns=COLUMNS, rows=ROWS)

    def press(self, name: str, keys: bytes) -> None:
        """Press a key."""
        self.log.append(Pressed(time.monotonic(), name))
        self.type(keys)

    def read_until(self, until_s: float) -> None:
        """Take in what is written, up to this moment."""
        while (left_s := until_s - time.monotonic()) > 0:
            data = self.written(left_s)
            if data:
                self.log.append(Written(time.monotonic(), data))
            elif data is not None:
                said = b"".join(each.data for each in self.log[-20:] if isinstance(each, Written))
                raise RuntimeError(f"the program ended, after it wrote {said[-200:]!r}")

    def wait_for(self, holds: Callable[[str], bool], timeout_s: float = 30.0) -> None:
        """Wait until this is true of what the screen shows."""
        from benchmarks.shown_screen import ShownScreen

        shown, until_s, seen = ShownScreen(), time.monotonic() + timeout_s, 0
        while not holds(shown.text):
            if time.monotonic() > until_s:
                raise RuntimeError(f"it did not come to be shown:\n{shown.text}")
            self.read_until(time.monotonic() + 0.1)
            for entry in self.log[seen:]:
                shown.take(entry)
            seen = len(self.log)

    @property
    def cpu_s(self) -> float:
        """The processor time that the program has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    @property
    def memory_mb(self) -> float:
        """The memory that the program has now."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1e3
        raise RuntimeError("this system does not tell a process's memory")


def machine_busy_s() -> float:
    """The time that all cores of this machine together have been busy since it started."""
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    line = Path("/proc/stat").read_text().partition("\n")[0]
    spent = dict(zip(names, map(int, line.split()[1:]), strict=False))
    return sum(spent[name] for name in names if name not in ("idle", "iowait")) / _TICKS_PER_S
