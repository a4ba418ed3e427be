"""Watch: the events that changed what lies at one place of the state."""

from collections.abc import Iterator

import orjson

from readers.decoders.payload import Json
from replay.changes import Absent
from replay.fold import Fold
from replay.states.pointers import parts_of, same, value_at
from replay.states.walk import states_from


def watched(fold: Fold, pointer: str, first: int = 1) -> tuple[int, ...]:
    """The numbers, ascending, of the events from `first` on that changed it; coming and going too.

    Raises:
        UsageError: the text is no pointer.
    """
    return tuple(n for n, changed in watch_steps(fold, pointer, first) if changed)


def watch_steps(fold: Fold, pointer: str, first: int = 1) -> Iterator[tuple[int, bool]]:
    """Each event from `first` on, and whether it changed what lies there.

    Raises:
        UsageError: the text is no pointer.
    """
    parts = parts_of(pointer)
    before_bytes = fold.state_bytes(first - 1)
    before = value_at(orjson.loads(before_bytes), parts)
    for n, after_bytes in states_from(fold, first):
        if after_bytes == before_bytes:
            yield n, False
            continue
        after = value_at(orjson.loads(after_bytes), parts)
        yield n, _differ(before, after)
        before_bytes, before = after_bytes, after


def _differ(before: Json | Absent, after: Json | Absent) -> bool:
    if isinstance(before, Absent) or isinstance(after, Absent):
        return before is not after
    return not same(before, after)
