"""Events → states: a fold with snapshots, so that any state is a few steps from a kept one.

A state is a JSON value, and a snapshot is its bytes: a reducer that changes its argument cannot
reach a state that was kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from readers.decoders.payload import Json
from replay.event import Event
from replay.event_json import event_json
from replay.reducers.foreign import Raised, Returned, call
from replay.reducers.reducer import EventData, Reducer

SNAPSHOT_EVERY = 64
NULL = b"null"


@dataclass(frozen=True, slots=True)
class Step:
    """One event folded.

    Attributes:
        n: the event's number, from 1.
        applied: the state took it in; false for one left out, and for one that raised.
        before, after: the states as JSON bytes.
        error: what the reducer raised, or why the event was not given to it; the state stays.
        says: what the reducer narrates, or None.
    """

    n: int
    applied: bool
    before: bytes
    after: bytes
    error: str | None = None
    says: str | None = None


@dataclass(frozen=True, slots=True)
class Folding:
    """An event on its way into the state; `left_out` for letters and duplicates."""

    event: Event
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class StateError:
    """An event that the state could not take in, and why."""

    n: int
    error: str


@dataclass(frozen=True, slots=True)
class State:
    """The state after event `n` (0: before the first), how many events it took in, and failures."""

    n: int
    value: Json
    events_applied: int
    errors: tuple[StateError, ...]


class Fold:
    """The states of one aggregate, one after each event; n = 0 is before the first."""

    def __init__(self, reducer: Reducer, aggregate: str, events: Sequence[Folding]) -> None:
        self.reducer = reducer
        self._events = events
        first, self._initial_error = _initial(reducer, aggregate)
        self._snapshots = [first]  # of n = 0, SNAPSHOT_EVERY, …
        self._applied = [0]
        self._errors: list[StateError] = []
        self._told: list[str | None] = []
        for step in self._run(0):
            self._keep(step)

    def _keep(self, step: Step) -> None:
        self._applied.append(self._applied[-1] + step.applied)
        self._told.append(step.says)
        if step.error is not None:
            self._errors.append(StateError(step.n, step.error))
        if step.n % SNAPSHOT_EVERY == 0:
            self._snapshots.append(step.after)

    def __len__(self) -> int:
        return len(self._events)

    @property
    def told(self) -> Sequence[str | None]:
        """What the reducer narrates, an entry an event."""
        return self._told

    def state(self, n: int) -> State:
        """The state after the first `n` events."""
        errors = tuple(error for error in self._errors if error.n <= n)
        if self._initial_error is not None:
            errors = (StateError(0, self._initial_error), *errors)
        return State(n, orjson.loads(self._bytes(n)), self._applied[n], errors)

    def around(self, n: int) -> tuple[Json, Json]:
        """The states before and after event `n`."""
        return orjson.loads(self._bytes(n - 1)), orjson.loads(self._bytes(n))

    def broken_rules(self, n: int) -> tuple[str, ...]:
        """The names of the rules that the state after `n` events breaks."""
        check = self.reducer.check
        if check is None:
            return ()
        match call(lambda: tuple(map(str, check(orjson.loads(self._bytes(n)))))):
            case Returned(names):
                return names
            case Raised(error):
                return (f"the check itself failed: {error}",)

    def _bytes(self, n: int) -> bytes:
        at = min(n // SNAPSHOT_EVERY, len(self._snapshots) - 1)
        state = self._snapshots[at]
        for step in self._run(at * SNAPSHOT_EVERY, n):
            state = step.after
        return state

    def _run(self, start: int, end: int | None = None) -> Iterator[Step]:
        """Fold the events after the first `start`, from the snapshot kept there."""
        state = self._snapshots[start // SNAPSHOT_EVERY]
        for n, folding in enumerate(self._events[start:end], start + 1):
            step = _step(self.reducer, n, folding, state)
            state = step.after
            yield step


def _initial(reducer: Reducer, aggregate: str) -> tuple[bytes, str | None]:
    if reducer.initial is None:
        return NULL, None
    initial = reducer.initial
    match call(lambda: orjson.dumps(initial(aggregate))):
        case Returned(state):
            return state, None
        case Raised(error):
            return NULL, f"initial: {error}"


def _step(reducer: Reducer, n: int, folding: Folding, before: bytes) -> Step:
    event = folding.event
    if event.is_letter:
        return Step(n, False, before, before)
    if folding.left_out:  # it is told like any other, and changes nothing
        says = None if event.error else _narrate(reducer, event_json(event), before, before)
        return Step(n, False, before, before, says=says)
    if event.error is not None:
        return Step(n, False, before, before, f"not folded: {event.error}")
    data = event_json(event)
    match call(lambda: orjson.dumps(reducer.reduce(orjson.loads(before), data))):
        case Returned(after):
            return Step(n, True, before, after, None, _narrate(reducer, data, before, after))
        case Raised(error):
            return Step(n, False, before, before, error)


def _narrate(reducer: Reducer, data: EventData, before: bytes, after: bytes) -> str | None:
    if reducer.narrate is None:
        return None
    narrate = reducer.narrate

    def say() -> str | None:
        says = narrate(data, orjson.loads(before), orjson.loads(after))
        return None if says is None else str(says)

    match call(say):
        case Returned(says):
            return says
        case Raised(error):
            return f"(the reducer's narrate failed: {error})"
