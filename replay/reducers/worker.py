"""A reducer in a process of its own: one that hangs, dies or eats memory costs its event an error.

The limits hold off accidents, not malice: the process has the user's rights, its files and network.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from readers.errors import UsageError
from replay.reducers.foreign import Raised, Returned
from replay.reducers.frames import Frames, NoAnswer, PeerGone
from replay.reducers.stepping import Given, Keeping, Stepped

_BATCH = 512
_SLACK_S = 0.1
"""Above an event's own limit: what handing over takes on a busy machine."""
_START_TIMEOUT_S = 20.0
_MOST_STOPS = 20
"""A reducer that had to be stopped so often is not started again."""
_STOPPED = f"not run: the reducer had to be stopped {_MOST_STOPS} times before"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reducer may cost: seconds for one event, and bytes of address space in all."""

    event_s: float = 0.25
    memory_bytes: int = 1 << 30


class WorkerReducer:
    """A `Runner` in a process of its own, which is started when it is first needed.

    `load` is `FILE.py:NAME`, or an entry point's name. One thread uses it at a time.
    """

    def __init__(self, load: str, limits: Limits | None = None) -> None:
        """Start it once, so that what does not load is refused here.

        Raises:
            UsageError: it does not load.
        """
        self._load = load
        self._limits = limits or Limits()
        self._process: subprocess.Popen[bytes] | None = None
        self._frames: Frames | None = None
        self._stops = 0
        self._told = self._started()
        self.name: str = self._told["name"]
        self.event_types = frozenset[str](self._told["event_types"])

    def first(self, aggregate: str) -> Returned[bytes] | Raised:
        """See `Runner`."""
        if not self._told["initial"]:
            return Returned(b"null")
        match self._ask({"first": aggregate}):
            case {"state": state}:
                return Returned(str(state).encode())
            case {"error": error}:
                return Raised(str(error))
        raise AssertionError

    def broken_rules(self, state: bytes) -> tuple[str, ...]:
        """See `Runner`."""
        if not self._told["check"]:
            return ()
        answer = self._ask({"check": state.decode()})
        error = answer.get("error")
        return tuple(answer["broken"]) if error is None else (f"the check itself failed: {error}",)

    def steps(self, state: bytes, events: Iterable[Given], keeping: Keeping) -> Iterator[Stepped]:
        """See `Runner`."""
        waiting = iter(events)
        while batch := list(islice(waiting, _BATCH)):
            for step in self._batch(state, batch, keeping):
                yield step
                state = step.after or state

    def close(self) -> None:
        """End the process, and all that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if self._frames is not None:
            self._frames.close()
            self._frames = None

    def _batch(self, state: bytes, batch: Sequence[Given], keeping: Keeping) -> Iterator[Stepped]:
        """The batch at once; from where that fails, one by one until the culprit is found."""
        done, kept_at = 0, 0
        while done < len(batch):
            if self._stops > _MOST_STOPS:
                yield Stepped(False, _STOPPED, after=state)
                done += 1
                continue
            try:
                for step in self._run(state, batch[kept_at:], keeping, skip=done - kept_at):
                    done += 1
                    if step.after is not None:
                        state, kept_at = step.after, done
                    yield step
            except (PeerGone, NoAnswer):
                for step in self._one_by_one(state, batch[kept_at:], keeping, done - kept_at):
                    done += 1
                    state, kept_at = step.after or state, done
                    yield step

    def _run(
        self, state: bytes, events: Sequence[Given], keeping: Keeping, skip: int
    ) -> Iterator[Stepped]:
        """Run them; the first few, which were told before, are only run."""
        frames = self._opened()
        frames.send(
            {
                "state": state.decode(),
                "events": [(given.data, given.apply) for given in events],
                "after_s": keeping.after_s,
                "after_events": keeping.after_events,
            }
        )
        while results := frames.receive(self._limits.event_s + _SLACK_S):
            for result in results:
                if skip > 0:
                    skip -= 1
                    continue
                yield _stepped(*result)

    def _one_by_one(
        self, state: bytes, events: Sequence[Given], keeping: Keeping, skip: int
    ) -> Iterator[Stepped]:
        """Up to and with the first that cannot be run, which becomes an error."""
        self._stop()
        if self._stops > _MOST_STOPS:
            for _ in events[skip:]:
                yield Stepped(False, _STOPPED, after=state)
            return
        for index, given in enumerate(events):
            try:
                (step,) = self._run(state, [given], keeping, skip=0)
            except (PeerGone, NoAnswer) as error:
                self._stop()
                yield Stepped(False, self._said(error), after=state)
                return
            state = step.after or state
            if index >= skip:
                yield step

    def _said(self, error: Exception) -> str:
        if isinstance(error, NoAnswer):
            return f"the reducer gave no answer in {self._limits.event_s * 1000:.0f} ms"
        mib = self._limits.memory_bytes >> 20
        return f"the reducer's process ended (its limit is {mib:,} MiB of memory)"

    def _ask(self, document: dict[str, str]) -> dict[str, Any]:
        """One question; a process that does not answer is an error too."""
        if self._stops > _MOST_STOPS:
            return {"error": _STOPPED}
        try:
            frames = self._opened()
            frames.send(document)
            answer: dict[str, Any] = frames.receive(self._limits.event_s + _SLACK_S)
        except (PeerGone, NoAnswer) as error:
            self._stop()
            return {"error": self._said(error)}
        return answer

    def _stop(self) -> None:
        self._stops += 1
        self.close()

    def _opened(self) -> Frames:
        if self._frames is None:
            self._started()
        assert self._frames is not None
        return self._frames

    def _started(self) -> dict[str, Any]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "replay.reducers.worker_main"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._frames = Frames(os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno()))
        process.stdin.close()
        process.stdout.close()
        try:
            self._frames.send({"load": self._load, "memory_bytes": self._limits.memory_bytes})
            told: dict[str, Any] = self._frames.receive(_START_TIMEOUT_S)
        except (PeerGone, NoAnswer) as error:
            self.close()
            raise UsageError(
                f"The reducer {self._load} does not load: its process ended, or gave no answer in "
                f"{_START_TIMEOUT_S:.0f} s."
            ) from error
        if "error" in told:
            self.close()
            raise UsageError(f"{told['error']}".removeprefix("UsageError: "))
        return told


def _stepped(
    applied: bool, error: str | None, says: str | None, after: str | None, took_s: float
) -> Stepped:
    return Stepped(applied, error, says, None if after is None else after.encode(), took_s)
