"""A reducer taken over events one by one, whatever it raises: in this process or in a worker's."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from readers.decoders.payload import Json
from replay.reducers.foreign import Raised, Returned, call

EventData = dict[str, Json]
"""An event as `tail --json` shows it; see replay/event_json.py."""

NULL = b"null"
KEEP_AFTER_S = 0.05
KEEP_AFTER_EVENTS = 1024


@dataclass(frozen=True, slots=True)
class Given:
    """An event on its way to a reducer.

    Attributes:
        data: None where the reducer is not to see it at all.
        apply: false where it is only narrated: a duplicate.
    """

    data: EventData | None
    apply: bool = True


@dataclass(frozen=True, slots=True)
class Stepped:
    """What became of one event.

    Attributes:
        applied: the state took it in.
        error: what the reducer raised; the state stays as it was.
        says: what it narrates, or None.
        after: the state after it as JSON bytes, where it was to be kept; None elsewhere.
        took_s: the seconds that the reducer had it.
    """

    applied: bool
    error: str | None = None
    says: str | None = None
    after: bytes | None = None
    took_s: float = 0.0


@dataclass(slots=True)
class Keeping:
    """Which states are handed out on the way: every one, or one now and then, by what it cost.

    Attributes:
        after_s: of the reducer's time since the one before, or
        after_events: so many events since, whichever comes first.
    """

    after_s: float = KEEP_AFTER_S
    after_events: int = KEEP_AFTER_EVENTS
    _spent_s: float = field(default=0.0, init=False)
    _events: int = field(default=0, init=False)

    def is_due(self, took_s: float) -> bool:
        """Whether the state after an event that took so long is one to keep."""
        self._spent_s += took_s
        self._events += 1
        if self._spent_s < self.after_s and self._events < self.after_events:
            return False
        self._spent_s, self._events = 0.0, 0
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

    def first(self, aggregate: str) -> Returned[bytes] | Raised:
        """The state before the first event, as JSON bytes."""
        ...

    def steps(self, state: bytes, events: Iterable[Given], keeping: Keeping) -> Iterator[Stepped]:
        """One for each event, from the state on; the last has its state, whatever is kept."""
        ...

    def broken_rules(self, state: bytes) -> tuple[str, ...]:
        """The names of the rules that the state breaks."""
        ...


class Parts(Protocol):
    """What a reducer is made of; see `Reducer`."""

    @property
    def reduce(self) -> Callable[[Json, EventData], Json]: ...
    @property
    def narrate(self) -> Callable[[EventData, Json, Json], str | None] | None: ...


def run_steps(
    reducer: Parts, state: bytes, events: Iterable[Given], keeping: Keeping
) -> Iterator[Stepped]:
    """What `Runner.steps` gives, in this process and without a limit.

    Each event is given its own copy of the state, so that nothing it changes can reach another.
    """
    ahead: Stepped | None = None
    for given in events:
        if ahead is not None:
            yield ahead
        start_s = time.perf_counter()
        after, stepped = _step(reducer, state, given)
        took_s = time.perf_counter() - start_s
        state = after
        kept = after if keeping.is_due(took_s) else None
        ahead = Stepped(stepped.applied, stepped.error, stepped.says, kept, took_s)
    if ahead is not None:
        yield Stepped(ahead.applied, ahead.error, ahead.says, state, ahead.took_s)


def _step(reducer: Parts, before: bytes, given: Given) -> tuple[bytes, Stepped]:
    data = given.data
    if data is None:
        return before, Stepped(False)
    if not given.apply:
        return before, Stepped(False, says=_narrate(reducer, data, before, before))
    match call(lambda: orjson.dumps(reducer.reduce(orjson.loads(before), _copy(data)))):
        case Returned(after):
            return after, Stepped(True, says=_narrate(reducer, data, before, after))
        case Raised(error):
            return before, Stepped(False, error)


def _narrate(reducer: Parts, data: EventData, before: bytes, after: bytes) -> str | None:
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


def _copy(data: EventData) -> EventData:
    """The event for the reducer alone; what it does to the payload stays there too."""
    return dict(data)
