"""A reducer as kstory calls it: a plain function, or anything that has `reduce` and what it likes.

The contract for those who write one is in docs/reducers.md; it imports nothing of kstory's.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

import orjson

from readers.decoders.payload import Json
from readers.errors import UsageError
from replay.reducers.code import code_sha256
from replay.reducers.foreign import Raised, Returned, call, sayable
from replay.reducers.stepping import NULL, Checked, EventData, Given, Keeping, Stepped, run_steps

_OPTIONAL = ("initial", "narrate", "check", "replaces")


@dataclass(frozen=True, slots=True)
class Reducer:
    """A reducer with its optional parts; each may be missing, and each may raise anything.

    Attributes:
        initial: the state before the first event, by the aggregate's id; None stands for null.
        narrate: the sentence a story shows for an event, given the state before and after it.
        check: the names of the rules that a state breaks.
        replaces: whether an event carries the whole state, so that a fold may start at it.
        event_types: the types it was written for; they choose it where none is named.
    """

    name: str
    reduce: Callable[[Json, EventData], Json]
    initial: Callable[[str], Json] | None = None
    narrate: Callable[[EventData, Json, Json], str | None] | None = None
    check: Callable[[Json], list[str]] | None = None
    replaces: Callable[[EventData], bool] | None = None
    event_types: frozenset[str] = frozenset()

    @property
    def code_sha256(self) -> str | None:
        """See `Runner`."""
        return code_sha256(self.reduce)

    def first(self, aggregate: str) -> Returned[bytes] | Raised:
        """See `Runner`; it runs here, without limits."""
        initial = self.initial
        if initial is None:
            return Returned(NULL)
        return call(lambda: orjson.dumps(initial(aggregate)))

    def steps(self, state: bytes, events: Iterable[Given], keeping: Keeping) -> Iterator[Stepped]:
        """See `Runner`; it runs here, without limits."""
        return run_steps(self, state, events, keeping)

    def checked(self, state: bytes) -> Checked:
        """See `Runner`."""
        check = self.check
        if check is None:
            return Checked()
        match call(lambda: tuple(sayable(str(name)) for name in check(orjson.loads(state)))):
            case Returned(names):
                return Checked(names)
            case Raised(error):
                return Checked(failure=error)

    def changed(self) -> bool:
        """See `Runner`; what runs here is kstory's own."""
        return False

    def fresh(self) -> "Reducer":
        """See `Runner`."""
        return self


class _Unfit(Exception):
    """What keeps a thing from being a reducer."""


def as_reducer(name: str, thing: object) -> Reducer:
    """A function, or a module or object with `reduce`, made a reducer.

    Raises:
        UsageError: it is neither.
    """
    match call(lambda: _inspected(name, thing)):
        case Returned(reducer):
            return reducer
        case Raised(error):
            raise UsageError(f"The reducer {name} cannot be used: {error}")


def _inspected(name: str, thing: object) -> Reducer:
    """Look at its parts; an object's own `__getattr__` is other people's code too."""
    if not hasattr(thing, "reduce"):
        if callable(thing):
            return Reducer(name, thing)
        raise _Unfit("it is no function and has no `reduce`; write def reduce(state, event): ...")
    for part in ("reduce", *_OPTIONAL):
        if not callable(getattr(thing, part, _absent)):
            raise _Unfit(f"`{part}` is no function.")
    types = getattr(thing, "event_types", ())
    if not isinstance(types, Collection) or isinstance(types, str):
        raise _Unfit("`event_types` is no list of names.")
    return Reducer(
        name,
        thing.reduce,
        initial=getattr(thing, "initial", None),
        narrate=getattr(thing, "narrate", None),
        check=getattr(thing, "check", None),
        replaces=getattr(thing, "replaces", None),
        event_types=frozenset(map(str, types)),
    )


def _absent() -> None:
    """Stands for an optional part that is not there."""
