"""What changed between two JSON values, by RFC 6901 pointers.

Own code, since a fold's every step is compared: jsonpatch takes 60 times as long (1.2 against
0.02 ms for 8 kB). Lists are compared place by place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from readers.decoders.payload import Json


class Absent(Enum):
    """The one value that stands for a place that is not there."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Change:
    """One place whose value changed; ABSENT before means added, after means removed."""

    pointer: str
    before: Json | Absent
    after: Json | Absent


def changes(before: Json, after: Json, pointer: str = "") -> Iterator[Change]:
    """The changed places, deepest that can be told, in the order of the values."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in (*before, *(name for name in after if name not in before)):
            place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            yield from _change(before.get(name, ABSENT), after.get(name, ABSENT), place)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            old = before[index] if index < len(before) else ABSENT
            new = after[index] if index < len(after) else ABSENT
            yield from _change(old, new, f"{pointer}/{index}")
    elif not _same(before, after):
        yield Change(pointer, before, after)


def _change(old: Json | Absent, new: Json | Absent, pointer: str) -> Iterator[Change]:
    if isinstance(old, Absent) or isinstance(new, Absent):
        yield Change(pointer, old, new)
    else:
        yield from changes(old, new, pointer)


def _same(before: Json, after: Json) -> bool:
    """Equal as JSON: Python's `True == 1` is not."""
    return isinstance(before, bool) == isinstance(after, bool) and before == after
