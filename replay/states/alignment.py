"""Which item of a list is which item of the list that it became, as far as their values tell."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import orjson

from readers.decoders.payload import Json
from replay.states.pointers import same

Pair = tuple[int | None, int | None]
"""The places of an item before and after; None where it is not there."""

_MOST_COMPARED = 250_000
"""Items that changed before times after: 0.1 s. Where there are more, the place alone tells."""


def aligned(before: Sequence[Json], after: Sequence[Json]) -> Iterator[Pair]:
    """The items side by side, in both lists' order.

    Equal ones belong together. What lies between them belongs together place by place where it is
    as many as before, else by what two objects have in common.
    """
    head, tail = _ends(before, after)
    for place in range(head):
        yield place, place
    was, now = range(head, len(before) - tail), range(head, len(after) - tail)
    yield from _middle(before, after, was, now)
    for place in range(tail, 0, -1):
        yield len(before) - place, len(after) - place


def same_ends(before: Sequence[Json], after: Sequence[Json]) -> tuple[int, int]:
    """How many items at the beginning, and at the end, are the same; 0 where that is not plain."""
    head, tail = _ends(before, after)
    if orjson.dumps(before[:head]) != orjson.dumps(after[:head]):
        head = 0  # a number for a truth value, or other members first
    if orjson.dumps(before[len(before) - tail :]) != orjson.dumps(after[len(after) - tail :]):
        tail = 0
    return head, tail


def _ends(before: Sequence[Json], after: Sequence[Json]) -> tuple[int, int]:
    head = _common(before, after)
    return head, _common(before[head:][::-1], after[head:][::-1])


def _text(value: Json) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _common(old: Sequence[Json], new: Sequence[Json]) -> int:
    """How many at the beginning are equal to Python."""
    for count, (left, right) in enumerate(zip(old, new, strict=False)):
        if left != right:
            return count
    return min(len(old), len(new))


def _middle(
    before: Sequence[Json], after: Sequence[Json], was: range, now: range
) -> Iterator[Pair]:
    if len(was) * len(now) > _MOST_COMPARED:
        yield from _in_place(was, now)
        return
    old, new = [_text(before[place]) for place in was], [_text(after[place]) for place in now]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for _, start, end, start_now, end_now in matcher.get_opcodes():
        gap, gap_now = was[start:end], now[start_now:end_now]
        if len(gap) == len(gap_now) or not gap or not gap_now:
            yield from _in_place(gap, gap_now)
        else:
            yield from _by_likeness(before, after, gap, gap_now)


def _in_place(was: range, now: range) -> Iterator[Pair]:
    for place in range(max(len(was), len(now))):
        yield (
            was[place] if place < len(was) else None,
            now[place] if place < len(now) else None,
        )


def _by_likeness(
    before: Sequence[Json], after: Sequence[Json], was: range, now: range
) -> Iterator[Pair]:
    """Each with the one most like it behind the last pair; the others came, or went."""
    start = now.start
    for place in was:
        rest = range(start, now.stop)
        best = max(rest, key=lambda there: _likeness(before[place], after[there]), default=None)
        if best is None or not _are_alike(before[place], after[best]):
            yield place, None
            continue
        yield from ((None, there) for there in range(start, best))
        yield place, best
        start = best + 1
    yield from ((None, there) for there in range(start, now.stop))


def _are_alike(before: Json, after: Json) -> bool:
    """Whether two objects have at least half of their members in common."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    return _likeness(before, after)[0] * 2 >= max(len(before), len(after)) > 0


def _likeness(before: Json, after: Json) -> tuple[int, int]:
    """How many members are the same, and how many of them are text, which tells more."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return 0, 0
    equal = [v for name, v in before.items() if name in after and same(v, after[name])]
    return len(equal), sum(isinstance(value, str) for value in equal)
