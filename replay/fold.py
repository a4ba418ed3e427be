"""Events → states: any state is a short fold from one that was kept.

A state is a JSON value, and a snapshot is its bytes: a reducer that changes its argument cannot
reach a state that was kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import orjson

from readers.decoders.payload import Json
from replay.event import Event
from replay.event_json import event_json
from replay.reducers.foreign import Raised, Returned
from replay.reducers.stepping import NULL, Given, Keeping, Runner, Stepped, every_state
from replay.snapshots import BUDGET_BYTES, Snapshots


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

    def __init__(
        self,
        reducer: Runner,
        aggregate: str,
        events: Sequence[Folding],
        *,
        budget_bytes: int = BUDGET_BYTES,
    ) -> None:
        self.reducer = reducer
        self._events = list(events)
        first, self._initial_error = _first(reducer, aggregate)
        self._snapshots = Snapshots(first, budget_bytes)
        self._applied = [0]
        self._errors: list[StateError] = []
        self._told: list[str | None] = []
        self._fold_from(0)

    def __len__(self) -> int:
        return len(self._events)

    @property
    def told(self) -> Sequence[str | None]:
        """What the reducer narrates, an entry an event."""
        return self._told

    @property
    def snapshots_bytes(self) -> int:
        """What the kept states hold."""
        return self._snapshots.size_bytes

    def state(self, n: int) -> State:
        """The state after the first `n` events."""
        errors = tuple(error for error in self._errors if error.n <= n)
        if self._initial_error is not None:
            errors = (StateError(0, self._initial_error), *errors)
        return State(n, orjson.loads(self.state_bytes(n)), self._applied[n], errors)

    def around(self, n: int) -> tuple[Json, Json]:
        """The states before and after event `n`."""
        before, after = islice(self.states(n - 1, n), 2)
        return orjson.loads(before), orjson.loads(after)

    def state_bytes(self, n: int) -> bytes:
        """The state after the first `n` events, as JSON bytes."""
        at, state = self._snapshots.before(n)
        if at == n:
            return state
        for step in self._run(at, state, n, Keeping(after_events=n - at)):
            state = step.after or state
        self._snapshots.keep(n, state)
        return state

    def states(self, first: int = 0, last: int | None = None) -> Iterator[bytes]:
        """The states after `first`, `first` + 1, … `last` events, as JSON bytes."""
        end = len(self._events) if last is None else last
        state = self.state_bytes(first)
        yield state
        for step in self._run(first, state, end, every_state()):
            state = step.after or state
            yield state

    def broken_rules(self, n: int) -> tuple[str, ...]:
        """The names of the rules that the state after `n` events breaks."""
        return self.reducer.broken_rules(self.state_bytes(n))

    def change(self, n: int, events: Sequence[Folding]) -> None:
        """From event `n` on it is these events: only what follows is folded anew."""
        self._events[n - 1 :] = events
        self._snapshots.forget_from(n)
        del self._applied[n:]
        del self._told[n - 1 :]
        self._errors = [error for error in self._errors if error.n < n]
        self._fold_from(n - 1)

    def _fold_from(self, n: int) -> None:
        """Fold what comes after the first `n` events, and remember what is to be known of each."""
        at, state = self._snapshots.before(n)
        for index, step in enumerate(self._run(at, state, len(self._events), Keeping()), at + 1):
            if index > n:
                self._remember(index, step)
            if step.after is not None:
                self._snapshots.keep(index, step.after)

    def _remember(self, n: int, step: Stepped) -> None:
        self._applied.append(self._applied[-1] + step.applied)
        self._told.append(step.says)
        error = step.error or _refusal(self._events[n - 1])
        if error is not None:
            self._errors.append(StateError(n, error))

    def _run(self, start: int, state: bytes, end: int, keeping: Keeping) -> Iterator[Stepped]:
        events = islice(self._events, start, end)
        return self.reducer.steps(state, map(_given, events), keeping)


def _first(reducer: Runner, aggregate: str) -> tuple[bytes, str | None]:
    match reducer.first(aggregate):
        case Returned(state):
            return state, None
        case Raised(error):
            return NULL, f"initial: {error}"


def _given(folding: Folding) -> Given:
    """What the reducer sees of an event: nothing of letters and of what cannot be decoded."""
    event = folding.event
    if event.is_letter or event.error is not None:
        return Given(None)
    return Given(event_json(event), apply=not folding.left_out)


def _refusal(folding: Folding) -> str | None:
    """Why an event was not given to the reducer although it belongs into the state."""
    event = folding.event
    if event.is_letter or folding.left_out or event.error is None:
        return None
    return f"not folded: {event.error}"
