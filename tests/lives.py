"""A process of its own that tells its steps, and that a test kills."""

from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Lock
from typing import Generic, TypeVar

Job = TypeVar("Job")
Told = TypeVar("Told")

_SERVER = get_context("forkserver")
_SERVER.set_forkserver_preload(
    [
        "readers.kafka",
        "replay.deadletters.republish.sending.applying",
        "replay.transfer.importing",
        "replay.transfer.replaying",
    ]
)
_LIFE_S = 60.0
_ASKING = Lock()
"""Whoever starts a process asks all others whether they ended; an exit code can be read once."""


class Life(Generic[Told]):
    """One process: `run` is given the job, and the connection to tell each step into."""

    def __init__(self, run: Callable[[Job, Connection], None], job: Job) -> None:
        self._told, theirs = _SERVER.Pipe(duplex=False)
        self.process: BaseProcess = _SERVER.Process(target=run, args=(job, theirs), daemon=True)
        with _ASKING:
            self.process.start()
        theirs.close()
        self.last: Told | None = None

    def tells(self, begun: Callable[[Told], bool]) -> bool:
        """Wait until it tells such a step; whether it did, and did not end before."""
        return any(begun(step) for step in self._steps())

    def end(self) -> Told | None:
        """Wait until it ends by itself, without an error of Python's; the last it told."""
        for _ in self._steps():
            pass
        with _ASKING:
            self.process.join(_LIFE_S)
            exit_code = self.process.exitcode
        assert exit_code == 0, f"it ended with {exit_code}: {self.last}"
        return self.last

    def kill(self) -> bool:
        """End it at once; whether it still lived."""
        with _ASKING:
            lived = self.process.exitcode is None
            self.process.kill()
            self.process.join(_LIFE_S)
        return lived

    def _steps(self) -> Iterator[Told]:
        while True:
            assert self._told.poll(_LIFE_S), f"it says nothing any more; the last was {self.last}"
            try:
                self.last = step = self._told.recv()
            except EOFError:
                return
            yield step
