"""What differs between two states: as an RFC 6902 patch, and side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias, cast

import jsonpatch
from jsonpointer import unescape

from readers.decoders.payload import Json
from replay.changes import ABSENT, Absent
from replay.states.alignment import aligned
from replay.states.pointers import child, is_branch, same


@dataclass(frozen=True, slots=True)
class Side:
    """What stands in one of the two states.

    Attributes:
        pointer: where it lies there; the same item of a list may lie elsewhere in the other.
        value: ABSENT where there is nothing; its pointer then means nothing either.
    """

    pointer: str
    value: Json | Absent

    @property
    def name(self) -> str:
        """The last name on the way; empty for the whole state."""
        return str(unescape(self.pointer.rpartition("/")[2]))


@dataclass(frozen=True, slots=True)
class Differing:
    """A place at which the two differ, or a branch above one (`is_branch`), which comes first."""

    depth: int
    before: Side
    after: Side
    is_branch: bool = False


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Members or items one after another that are the same in both, folded into one row."""

    depth: int
    count: int
    first: Side


Row: TypeAlias = Differing | Unchanged

_NOTHING = Side("", ABSENT)


def patch(before: Json, after: Json) -> list[dict[str, Json]]:
    """The RFC 6902 operations that make `after` of `before`, in the order to apply them."""
    return cast(list[dict[str, Json]], jsonpatch.make_patch(before, after).patch)


def rows(before: Json, after: Json) -> Iterator[Row]:
    """The two side by side, in the order of `after`; what it lacks follows at its branch's end."""
    if same(before, after):
        yield Unchanged(0, 1, Side("", before))
        return
    yield from _rows(0, Side("", before), Side("", after))


_Pair = tuple[Side, Side]


def _rows(depth: int, before: Side, after: Side) -> Iterator[Row]:
    pairs = _pairs(before, after)
    if pairs is None:
        yield Differing(depth, before, after)
        return
    if after.pointer:
        yield Differing(depth, before, after, is_branch=True)
        depth += 1
    yield from _folded(depth, pairs)


def _folded(depth: int, pairs: Iterator[_Pair]) -> Iterator[Row]:
    first: Side | None = None
    count = 0
    for old, new in pairs:
        if _are_same(old, new):
            first, count = first or old, count + 1
            continue
        if first is not None:
            yield Unchanged(depth, count, first)
            first, count = None, 0
        yield from _rows(depth, old, new)
    if first is not None:
        yield Unchanged(depth, count, first)


def _are_same(old: Side, new: Side) -> bool:
    if isinstance(old.value, Absent) or isinstance(new.value, Absent):
        return False
    return same(old.value, new.value)


def _pairs(before: Side, after: Side) -> Iterator[_Pair] | None:
    """What lies below the two; None where that is not to be compared."""
    old, new = before.value, after.value
    if isinstance(old, Absent) or isinstance(new, Absent):
        return None
    if not is_branch(old) or not is_branch(new):
        return None
    if isinstance(old, dict) and isinstance(new, dict):
        return _members(before.pointer, old, after.pointer, new)
    if isinstance(old, list) and isinstance(new, list):
        return _items(before.pointer, old, after.pointer, new)
    return None


def _members(at: str, old: dict[str, Json], at_now: str, new: dict[str, Json]) -> Iterator[_Pair]:
    for name, value in new.items():
        now = Side(child(at_now, name), value)
        yield (Side(child(at, name), old[name]) if name in old else _NOTHING), now
    for name, value in old.items():
        if name not in new:
            yield Side(child(at, name), value), _NOTHING


def _items(at: str, old: list[Json], at_now: str, new: list[Json]) -> Iterator[_Pair]:
    for was, now in aligned(old, new):
        yield (
            _NOTHING if was is None else Side(child(at, was), old[was]),
            _NOTHING if now is None else Side(child(at_now, now), new[now]),
        )
