"""A reducer in a process of its own: one that hangs, dies or eats memory costs its event an error.

The limits hold off accidents, not malice: the process has the user's rights, its files and network.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from replay.reducers.batches import Batches
from replay.reducers.foreign import Raised, Returned
from replay.reducers.frames import Frames, NoAnswer, PeerGone
from replay.reducers.limits import Limits
from replay.reducers.stepping import NULL, Checked, Given, Keeping, Stepped
from replay.reducers.worker_process import WorkerProcess

_SLACK_S = 0.1
"""Above an event's own limit: what handing over takes on a busy machine."""
_S_PER_BYTE = 1 / 20_000_000
"""And what the process needs to read a large state or event, some times what was measured."""
_MOST_STOPS = 40
"""A part of a reducer that had to be stopped so often is given nothing new; an event costs two
stops, since only the second, alone with its event, tells which it was."""
_UNSEEN = Given(None)
_STOPPED = f"not run: the reducer had to be stopped {_MOST_STOPS} times before"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of some events, and the state after the last of them."""

    steps: Sequence[Stepped]
    state: bytes


class WorkerReducer:
    """A `Runner` in a process of its own, which ends with it. One thread uses it at a time."""

    def __init__(
        self,
        load: str,
        limits: Limits | None = None,
        *,
        hash_seed: int = 0,
        examined: bool = False,
    ) -> None:
        """Start it once, so that what does not load is refused here.

        Args:
            load: `FILE.py:NAME`, or an entry point's name.
            limits: what it may cost.
            hash_seed: of the process: the order of a set's members depends on it.
            examined: it says what it does wrong, in place of its sentences; see examining.py.

        Raises:
            UsageError: it does not load.
        """
        self.load = load
        self.limits = limits or Limits()
        self._process = WorkerProcess(load, self.limits, hash_seed, examined)
        self._stops: Counter[str] = Counter()
        self.name = self._process.told.name
        self.event_types = self._process.told.event_types
        self.code_sha256 = self._process.told.code_sha256

    def first(self, aggregate: str) -> Returned[bytes] | Raised:
        """See `Runner`."""
        if not self._process.told.has_initial:
            return Returned(NULL)
        match self._ask("first", aggregate):
            case Returned((_, [state])):
                return Returned(state)
            case Returned((answer, _)):
                return Raised(str(answer["error"]))
            case Raised() as raised:
                return raised

    def checked(self, state: bytes) -> Checked:
        """See `Runner`."""
        if not self._process.told.has_check:
            return Checked()
        match self._ask("check", True, state):
            case Returned((answer, _)):
                return Checked(tuple(answer["broken"]), answer["failure"])
            case Raised(error):
                return Checked(failure=error)

    def steps(self, state: bytes, events: Iterable[Given], keeping: Keeping) -> Iterator[Stepped]:
        """See `Runner`.

        Whole batches go to the process and come back, so that whoever stops reading, or reads two
        at once, leaves nothing behind in the pipe.
        """
        ahead: Stepped | None = None
        batches = Batches(events)
        while batch := batches.take():
            done = self._batch(state, batch, keeping, batches)
            batches.adapt(sum(step.took_s for step in done.steps))
            state = done.state
            for step in done.steps:
                if ahead is not None:
                    yield ahead
                ahead = step
        if ahead is not None:
            yield replace(ahead, after=state)

    def changed(self) -> bool:
        """See `Runner`."""
        return self._process.changed()

    def fresh(self) -> "WorkerReducer":
        """See `Runner`; a file that does not load is not `changed` until it is saved again."""
        self._process.note_change()
        return WorkerReducer(self.load, self.limits)

    def close(self) -> None:
        """End the process, and all that it started; it is started again if it is needed again."""
        self._process.close()

    def _batch(
        self, state: bytes, batch: Sequence[Given], keeping: Keeping, batches: Batches
    ) -> Done:
        """All at once; where that fails, one by one, and the culprit becomes an error."""
        try:
            return self._run(state, batch, keeping, batches)
        except (PeerGone, NoAnswer):
            self._stop("reduce")
        steps: list[Stepped] = []
        for given in batch:
            done = self._alone(state, given, keeping)
            steps.extend(done.steps)
            state = done.state
        return Done(steps, state)

    def _alone(self, state: bytes, given: Given, keeping: Keeping) -> Done:
        try:
            return self._run(state, [given], keeping)
        except (PeerGone, NoAnswer) as error:
            self._stop("reduce")
            return Done([Stepped(False, self._said(error))], state)

    def _run(
        self,
        state: bytes,
        events: Sequence[Given],
        keeping: Keeping,
        batches: Batches | None = None,
    ) -> Done:
        """Run them in the process; what comes next is made ready meanwhile.

        Raises:
            PeerGone, NoAnswer: it has to be stopped; nothing of what it did counts.
        """
        refused = self._refused(events)
        if all(refused):
            return Done([Stepped(False, _STOPPED)] * len(events), state)
        given = [_UNSEEN if no else each for each, no in zip(events, refused, strict=True)]
        lines = [state, *(each.line or b"" for each in given)]
        silence_s = self._silence_s(lines)
        frames = self._process.frames()
        asked = {
            "applies": [each.apply for each in given],
            "keeping": [keeping.after_s, keeping.after_events, keeping.spent_s, keeping.events],
        }
        frames.send(asked, lines, silence_s)
        try:
            if batches is not None:
                batches.prepare()
            done = _received(frames, silence_s, keeping)
        except (PeerGone, NoAnswer):
            raise
        except BaseException:
            self._process.close()  # with an answer under way it is of no use any more
            raise
        steps = (
            replace(step, error=_STOPPED) if no else step
            for step, no in zip(done.steps, refused, strict=True)
        )
        return Done([*steps], done.state) if any(refused) else done

    def _refused(self, events: Sequence[Given]) -> Sequence[bool]:
        """Which ones it is not given any more; those that it is known to take in, it always is."""
        given_up = self._is_given_up("reduce")
        return [given_up and each.line is not None and not each.is_known for each in events]

    def _ask(
        self, part: str, of: object, *lines: bytes
    ) -> Returned[tuple[Any, list[bytes]]] | Raised:
        """One question to a part of it; a process that does not answer is an error too."""
        if self._is_given_up(part):
            return Raised(_STOPPED)
        silence_s = self._silence_s(lines)
        try:
            frames = self._process.frames()
            frames.send({part: of}, lines, silence_s)
            return Returned(frames.receive(silence_s))
        except (PeerGone, NoAnswer) as error:
            self._stop(part)
            return Raised(self._said(error))

    def _silence_s(self, lines: Iterable[bytes]) -> float:
        """How long the process may say nothing."""
        return self.limits.event_s + _SLACK_S + sum(map(len, lines)) * _S_PER_BYTE

    def _said(self, error: Exception) -> str:
        if isinstance(error, NoAnswer):
            return f"the reducer gave no answer in {self.limits.event_s * 1000:.0f} ms"
        mib = self.limits.memory_bytes >> 20
        return f"the reducer's process ended (its limit is {mib:,} MiB of memory)"

    def _stop(self, part: str) -> None:
        self._stops[part] += 1
        self._process.close()

    def _is_given_up(self, part: str) -> bool:
        return self._stops[part] >= _MOST_STOPS


def _received(frames: Frames, silence_s: float, keeping: Keeping) -> Done:
    steps: list[Stepped] = []
    while True:
        told, states = frames.receive(silence_s)
        if "done" in told:
            keeping.spent_s, keeping.events = told["done"]
            return Done(steps, states[0])
        kept = iter(states)
        steps.extend(_stepped(step, kept) for step in told["steps"])


def _stepped(told: Sequence[Any], kept: Iterator[bytes]) -> Stepped:
    applied, error, says, replaces, took_s, is_kept = told
    return Stepped(applied, error, says, next(kept) if is_kept else None, took_s, replaces)
