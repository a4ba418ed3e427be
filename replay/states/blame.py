"""Blame: for every leaf of the state, the event that last set it.

Only values tell: an event that sets what was there already sets nothing. An item of a list keeps
its event when it moves up or down, and a value that leaves one place and comes to another in the
same event keeps it too, where it is the only one of its kind to do so.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from replay.fold import Fold
from replay.states.blame_step import Moved, Node, Origin, first_blame, leaves, next_blame
from replay.states.walk import states_from

__all__ = ["Blame", "Moved", "Origin"]

_SPACING = 128
_MOST_KEPT = 256
_BUDGET_BYTES = 64 * 1024 * 1024
_BYTES_PER_BYTE = 20
"""Of a point for each byte of its state as JSON: measured where nothing of it can be shared."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """Who set what after `n` events, and their state."""

    n: int
    node: Node
    state: bytes


class Blame:
    """Who set what, at any point of a fold. What it learns on the way makes the next one short.

    One thread uses it at a time, the one that uses the fold.
    """

    def __init__(self, fold: Fold, *, budget_bytes: int = _BUDGET_BYTES) -> None:
        """`budget_bytes` is about how much it may hold of what it learns on the way."""
        self._fold = fold
        self._budget_bytes = budget_bytes
        self._kept: list[_Kept] = []
        self._spacing = _SPACING
        self._last: _Kept | None = None

    def at(self, n: int) -> dict[str, Origin]:
        """The origin of each leaf of the state after `n` events, by pointer, in its order."""
        for _ in self.steps_to(n):
            pass
        assert self._last is not None
        return dict(leaves(self._last.node))

    def steps_to(self, n: int) -> Iterator[int]:
        """Go there; now and then the number of the event that it has come to."""
        kept = self._nearest(n)
        node, state = kept.node, kept.state
        before = orjson.loads(state)
        for number, after_bytes in states_from(self._fold, kept.n, n):
            if after_bytes != state:
                after = orjson.loads(after_bytes)
                node = next_blame(before, node, after, number)
                before, state = after, after_bytes
            if number % self._spacing == 0:
                self._keep(_Kept(number, node, state))
            if number % _SPACING == 0:
                yield number
        self._last = _Kept(n, node, state)

    @property
    def size_bytes(self) -> int:
        """About what all that is kept holds, at the most."""
        return sum(len(kept.state) for kept in self._kept) * _BYTES_PER_BYTE

    def forget_from(self, n: int) -> None:
        """Event `n` of the fold is another one now; call it after `Fold.change`."""
        self._kept = [kept for kept in self._kept if kept.n < n]
        if self._last is not None and self._last.n >= n:
            self._last = None

    def _nearest(self, n: int) -> _Kept:
        """The nearest known point at or before `n`."""
        index = bisect_right(self._kept, n, key=lambda kept: kept.n)
        known = self._kept[index - 1 : index]
        if self._last is not None and self._last.n <= n:
            known.append(self._last)
        if known:
            return max(known, key=lambda kept: kept.n)
        state = self._fold.state_bytes(0)
        return _Kept(0, first_blame(orjson.loads(state)), state)

    def _keep(self, point: _Kept) -> None:
        """Keep a point; where there are too many or too large ones, every second is given up."""
        index = bisect_right(self._kept, point.n, key=lambda kept: kept.n)
        if index and self._kept[index - 1].n == point.n:
            return
        self._kept.insert(index, point)
        while len(self._kept) > _MOST_KEPT or self.size_bytes > self._budget_bytes:
            self._spacing *= 2
            self._kept = [kept for kept in self._kept if kept.n % self._spacing == 0]
