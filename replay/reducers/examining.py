"""A reducer watched while it folds: what it does that a reducer must not do."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite

import orjson

from readers.decoders.payload import Json
from replay.reducers.foreign import Raised, Returned, call
from replay.reducers.reducer import Reducer
from replay.reducers.stepping import NULL, EventData

CHANGES_STATE = "it changes the state that it is given; return a new one"
CHANGES_EVENT = "it changes the event that it is given"
NO_JSON = "it returns what is no JSON, and becomes something else when it is kept"
UNSTEADY = "it returns another state when it is called again with the same state and event"
NO_REPLACEMENT = "`replaces` says that it carries the whole state, but what was before it counts"


def examined(reducer: Reducer) -> Reducer:
    """One that folds as this one does, and says what it did wrong in place of its sentences."""
    watch = _Watch(reducer)
    return replace(reducer, reduce=watch.reduce, narrate=lambda *_: watch.says)


@dataclass(slots=True)
class _Watch:
    reducer: Reducer
    says: str | None = None

    def reduce(self, state: Json, event: EventData) -> Json:
        before, given = orjson.dumps(state), orjson.dumps(event)
        self.says = None
        after = self.reducer.reduce(state, event)
        found = self._found(before, given, after, state, event)
        self.says = "\n".join(found) or None
        return after

    def _found(
        self, before: bytes, given: bytes, after: Json, state: Json, event: EventData
    ) -> Iterator[str]:
        kept = orjson.dumps(after)
        if _dumped(state) != before:
            yield CHANGES_STATE
        if _dumped(event) != given:
            yield CHANGES_EVENT
        if not is_json(after):
            yield NO_JSON
        if self._again(before, given) != kept:
            yield UNSTEADY
        elif self._replaces(given) and self._again(self._first(event), given) != kept:
            yield NO_REPLACEMENT

    def _again(self, state: bytes, event: bytes) -> bytes:
        return orjson.dumps(self.reducer.reduce(orjson.loads(state), orjson.loads(event)))

    def _replaces(self, event: bytes) -> bool:
        replaces = self.reducer.replaces
        return replaces is not None and replaces(orjson.loads(event)) is True

    def _first(self, event: EventData) -> bytes:
        match self.reducer.first(str(event.get("aggregate"))):
            case Returned(state):
                return state
            case Raised():
                return NULL


def _dumped(value: Json) -> bytes | None:
    """As JSON; None for what has become something else."""
    match call(lambda: orjson.dumps(value)):
        case Returned(raw):
            return raw
        case Raised():
            return None


def is_json(value: object) -> bool:
    """Whether it is read back as it is; tuples pass for lists."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict) and type(part) is dict:
            waiting.extend(part.values())
        elif isinstance(part, list | tuple) and type(part) in (list, tuple):
            waiting.extend(part)
        elif not _is_plain(part):
            return False
    return True


def _is_plain(part: object) -> bool:
    if isinstance(part, float):
        return isfinite(part)
    return part is None or type(part) in (str, int, bool)
