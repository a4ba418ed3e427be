"""A reducer taken over events one by one, whatever it raises: in this process or in a worker's."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import orjson

from readers.decoders.payload import Json
from replay.reducers.foreign import Raised, Returned, call, sayable

EventData = dict[str, Json]
"""An event as `tail --json` shows it; see replay/event_json.py."""

NULL = b"null"
KEEP_AFTER_S = 0.05
KEEP_AFTER_EVENTS = 512
"""Handing an event over takes up to 50 µs beside the reducer's own time: so many take 25 ms."""


@dataclass(frozen=True, slots=True)
class Given:
    """An event on its way to a reducer.

    Attributes:
        line: its `EventData` as JSON without a line break; None where the reducer is not to see it.
        apply: false where it is only narrated: a duplicate.
        is_known: the reducer had it before, and did not fail.
    """

    line: bytes | None
    apply: bool = True
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Stepped:
    """What became of one event.

    Attributes:
        applied: the state took it in.
        error: what the reducer raised; the state stays as it was.
        says: what it narrates, or None.
        after: the state after it as JSON bytes, where it was to be kept; None elsewhere.
        took_s: the seconds that the reducer had it.
        replaces: it carried the whole state, whatever was before.
    """

    applied: bool
    error: str | None = None
    says: str | None = None
    after: bytes | None = None
    took_s: float = 0.0
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What a reducer's check says of a state.

    Attributes:
        broken: the names of the rules that it breaks.
        failure: why the check itself failed, so that nothing is known; None where it did not.
    """

    broken: tuple[str, ...] = ()
    failure: str | None = None

    @property
    def said(self) -> tuple[str, ...]:
        """Both, as they are shown to people."""
        return (
            self.broken if self.failure is None else (f"the check itself failed: {self.failure}",)
        )


@dataclass(slots=True)
class Keeping:
    """Which states are handed out on the way: every one, or one now and then, by what it cost.

    Attributes:
        after_s: of the reducer's time since the one before, or
        after_events: so many events since, whichever comes first.
        spent_s, events: how much of that there was already.
    """

    after_s: float = KEEP_AFTER_S
    after_events: int = KEEP_AFTER_EVENTS
    spent_s: float = 0.0
    events: int = 0

    def is_due(self, took_s: float) -> bool:
        """Whether the state after an event that took so long is one to keep."""
        self.spent_s += took_s
        self.events += 1
        if self.spent_s < self.after_s and self.events < self.after_events:
            return False
        self.spent_s, self.events = 0.0, 0
        return True


def every_state() -> Keeping:
    """Hand out all of them."""
    return Keeping(after_events=1)


class Runner(Protocol):
    """A reducer that can be run, wherever it runs. A method never raises for what it does."""

    @property
    def name(self) -> str:
        """What it is called: `order`, `FILE.py:NAME`."""
        ...

    @property
    def event_types(self) -> frozenset[str]:
        """The types it was written for."""
        ...

    @property
    def code_sha256(self) -> str | None:
        """Which code it is, see code.py; None where that cannot be told."""
        ...

    def first(self, aggregate: str) -> Returned[bytes] | Raised:
        """The state before the first event, as JSON bytes."""
        ...

    def steps(self, state: bytes, events: Iterable[Given], keeping: Keeping) -> Iterator[Stepped]:
        """One for each event, from the state on; the last has its state, whatever is kept.

        An event that failed may have none although it was to be kept: it is the one before.
        """
        ...

    def checked(self, state: bytes) -> Checked:
        """Which rules the state breaks."""
        ...

    def changed(self) -> bool:
        """Whether its file, or one of its own that it imports, was written to since."""
        ...

    def fresh(self) -> "Runner":
        """The same reducer as its file is now.

        Raises:
            UsageError: it does not load any more.
        """
        ...


class Parts(Protocol):
    """What a reducer is made of; see `Reducer`."""

    @property
    def reduce(self) -> Callable[[Json, EventData], Json]:
        """The next state."""
        ...

    @property
    def narrate(self) -> Callable[[EventData, Json, Json], str | None] | None:
        """The sentence of an event."""
        ...

    @property
    def replaces(self) -> Callable[[EventData], bool] | None:
        """Whether an event carries the whole state."""
        ...


def run_steps(
    reducer: Parts, state: bytes, events: Iterable[Given], keeping: Keeping
) -> Iterator[Stepped]:
    """What `Runner.steps` gives, in this process and without a limit.

    Each call is given its own copy of the state and of the event, so that nothing it changes can
    reach another.
    """
    waiting = iter(events)
    given = next(waiting, None)
    while given is not None:
        start_s = time.perf_counter()
        state, (applied, error, says, replaces) = _step(reducer, state, given)
        took_s = time.perf_counter() - start_s
        given = next(waiting, None)
        kept = keeping.is_due(took_s) or given is None
        yield Stepped(applied, error, says, state if kept else None, took_s, replaces)


_Became = tuple[bool, str | None, str | None, bool]
"""Applied, error, says, replaces: of a `Stepped`."""


def _step(reducer: Parts, before: bytes, given: Given) -> tuple[bytes, _Became]:
    line = given.line
    if line is None:
        return before, (False, None, None, False)
    if not given.apply:
        return before, (False, None, _narrate(reducer, line, before, before), False)
    reduce = reducer.reduce
    match call(lambda: orjson.dumps(reduce(orjson.loads(before), orjson.loads(line)))):
        case Returned(after):
            says = _narrate(reducer, line, before, after)
            return after, (True, None, says, _replaces(reducer, line))
        case Raised(error):
            return before, (False, error, None, False)


def _narrate(reducer: Parts, line: bytes, before: bytes, after: bytes) -> str | None:
    if reducer.narrate is None:
        return None
    narrate = reducer.narrate

    def say() -> str | None:
        says = narrate(orjson.loads(line), orjson.loads(before), orjson.loads(after))
        return None if says is None else sayable(str(says))

    match call(say):
        case Returned(says):
            return says
        case Raised(error):
            return f"(the reducer's narrate failed: {error})"


def _replaces(reducer: Parts, line: bytes) -> bool:
    """What it says of the event; one that raises says no."""
    if reducer.replaces is None:
        return False
    replaces = reducer.replaces
    match call(lambda: replaces(orjson.loads(line)) is True):
        case Returned(says):
            return says
        case Raised():
            return False
