"""Events → states: any state is a short fold from one that was kept.

A state is a JSON value, and a snapshot is its bytes: a reducer that changes its argument cannot
reach a state that was kept.
"""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import islice

import orjson

from readers.decoders.payload import Json
from readers.errors import UsageError
from replay.event import Event
from replay.event_json import event_json
from replay.folded import Folded, StateError
from replay.reducers.foreign import Raised, Returned
from replay.reducers.stepping import (
    NULL,
    Checked,
    Given,
    Keeping,
    Runner,
    Stepped,
    every_state,
)
from replay.snapshots import BUDGET_BYTES, Snapshots

__all__ = ["Fold", "Folding", "State", "StateError", "given_of"]

_PARTS = 5
_LEAST_APART = 16


@dataclass(frozen=True, slots=True)
class Folding:
    """An event on its way into the state; `left_out` for letters and duplicates."""

    event: Event
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """The state after event `n` (0: before the first), how many events it took in, and failures."""

    n: int
    value: Json
    events_applied: int
    errors: tuple[StateError, ...]


class Fold:
    """The states of one aggregate, one after each event; n = 0 is before the first.

    Making it folds all events once. Afterwards an event that failed is not given to the reducer
    again: one that hangs costs its time once.
    """

    def __init__(
        self,
        reducer: Runner,
        aggregate: str,
        events: Sequence[Folding],
        *,
        budget_bytes: int = BUDGET_BYTES,
        folded: Folded | None = None,
    ) -> None:
        """Fold the events; `folded` is what is known of the first of them, and becomes its own."""
        self.reducer = reducer
        self.aggregate = aggregate
        self._events = list(events)
        first, self._initial_error = _first(reducer, aggregate)
        self._folded = folded or Folded(Snapshots(first, budget_bytes))
        self._fold_on()

    def __len__(self) -> int:
        return len(self._events)

    @property
    def events(self) -> Sequence[Folding]:
        """What is folded, in order."""
        return self._events

    @property
    def told(self) -> Sequence[str | None]:
        """What the reducer narrates, an entry an event."""
        return self._folded.told

    @property
    def errors(self) -> Sequence[StateError]:
        """The events that no state took in, and why; ascending."""
        return self._folded.errors(1, len(self._events))

    @property
    def budget_bytes(self) -> int:
        """What the kept states may hold."""
        return self._folded.snapshots.budget_bytes

    @property
    def snapshots_bytes(self) -> int:
        """What the kept states hold."""
        return self._folded.snapshots.size_bytes

    def state(self, n: int) -> State:
        """The state after the first `n` events."""
        errors = tuple(self._folded.errors(1, n))
        if self._initial_error is not None:
            errors = (StateError(0, self._initial_error), *errors)
        value = orjson.loads(self.state_bytes(n))
        return State(n, value, self._folded.applied(n), errors)

    def around(self, n: int) -> tuple[Json, Json]:
        """The states before and after event `n`."""
        before, after = islice(self.states(n - 1, n), 2)
        return orjson.loads(before), orjson.loads(after)

    def state_bytes(self, n: int) -> bytes:
        """The state after the first `n` events, as JSON bytes."""
        at, state = self._folded.start(n)
        if at == n:
            return state
        for index, step in enumerate(self._run(at, state, n, _on_the_way(n - at)), at + 1):
            if step.after is not None:
                state = step.after
                self._folded.snapshots.keep(index, state)
        return state

    def states(self, first: int = 0, last: int | None = None) -> Iterator[bytes]:
        """The states after `first`, `first` + 1, … `last` events, as JSON bytes."""
        end = len(self._events) if last is None else last
        state = self.state_bytes(first)
        yield state
        for step in self._run(first, state, end, every_state()):
            state = step.after or state
            yield state

    def checked(self, n: int) -> Checked:
        """Which rules the state after `n` events breaks."""
        return self.reducer.checked(self.state_bytes(n))

    def replaced_at(self, n: int) -> int | None:
        """The last of the first `n` events that carried the whole state; None where none did."""
        return self._folded.replaced_at(n)

    def change(self, n: int, events: Sequence[Folding]) -> None:
        """From event `n` on it is these events: only what follows is folded anew."""
        self._events[n - 1 :] = events
        self._folded.forget_from(n)
        self._fold_on()

    def branch(self, n: int, events: Sequence[Folding]) -> "Fold":
        """Another fold that is the same before event `n`, and from there on these events."""
        folded = copy(self._folded)
        folded.forget_from(n)
        changed = [*self._events[: n - 1], *events]
        return Fold(self.reducer, self.aggregate, changed, folded=folded)

    def refolded(self, reducer: Runner) -> "Fold":
        """The same events, folded by another reducer."""
        return Fold(reducer, self.aggregate, self._events)

    def _fold_on(self) -> None:
        """Fold what comes after the events that are known, and remember what became of each."""
        folded, known = self._folded, len(self._folded)
        at, state = folded.snapshots.before(known)
        for n, step in enumerate(self._run(at, state, len(self._events), Keeping()), at + 1):
            if n > known:
                folded.add(step, None if step.applied else _refusal(self._events[n - 1]))
            if step.after is not None:
                folded.snapshots.keep(n, step.after)

    def _run(self, start: int, state: bytes, end: int, keeping: Keeping) -> Iterator[Stepped]:
        """What becomes of the events after the first `start`, up to `end`.

        Raises:
            UsageError: one that was taken in before is not any more, so that no state is right.
        """
        known = len(self._folded)
        steps = self.reducer.steps(state, self._given(start, end, known), keeping)
        for n, step in enumerate(steps, start + 1):
            if n <= known and step.error is not None:
                raise UsageError(
                    f"The reducer {self.reducer.name} took event #{n} in before, and now fails: "
                    f"{step.error}. No state can be told by it; --check-reducer says what is wrong."
                )
            yield step

    def _given(self, start: int, end: int, known: int) -> Iterator[Given]:
        """The events, without those known to fail; of the first `known` it is known which do."""
        failed = {error.n for error in self._folded.errors(start + 1, end)}
        for n, folding in enumerate(islice(self._events, start, end), start + 1):
            yield Given(None) if n in failed else given_of(folding, is_known=n <= known)


def _on_the_way(count: int) -> Keeping:
    """A few of so many states: who goes there goes on in its neighbourhood, and backwards too."""
    return Keeping(after_events=max(_LEAST_APART, count // _PARTS))


def _first(reducer: Runner, aggregate: str) -> tuple[bytes, str | None]:
    match reducer.first(aggregate):
        case Returned(state):
            return state, None
        case Raised(error):
            return NULL, f"initial: {error}"


def given_of(folding: Folding, *, is_known: bool = False) -> Given:
    """What the reducer sees of an event: nothing of letters and of what cannot be decoded."""
    event = folding.event
    if event.is_letter or event.error is not None:
        return Given(None)
    try:
        return Given(orjson.dumps(event_json(event)), apply=not folding.left_out, is_known=is_known)
    except orjson.JSONEncodeError:
        return Given(None)


def _refusal(folding: Folding) -> str | None:
    """Why an event was not given to the reducer although it belongs into the state."""
    event = folding.event
    if event.is_letter or folding.left_out:
        return None
    if event.error is not None:
        return f"not folded: {event.error}"
    try:
        orjson.dumps(event_json(event))
    except orjson.JSONEncodeError as error:  # a decoder of other people's may give anything
        return f"not folded: its value is no JSON: {error}"
    return None
