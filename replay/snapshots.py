"""States kept on the way, so that any state is a short fold from one: bytes, within a budget."""

from bisect import bisect_right
from collections.abc import Iterator

BUDGET_BYTES = 256 * 1024 * 1024
_OVERHEAD_BYTES = 100
"""What a kept state takes beside its bytes: the object, its number and their places in lists."""
_FAR = 16
_AFTER_THINNING = 0.75


class Snapshots:
    """States by how many events they are the fold of, ascending; the first one always stays.

    Where the budget is passed, some are given up so that the gaps between the others grow with the
    distance from where one is: near the cursor they are a fraction of what an even spread would
    have, far from it some times as much, but no more, however long the history.
    """

    def __init__(self, first: bytes, budget_bytes: int = BUDGET_BYTES) -> None:
        self._at = [0]
        self._states = [first]
        self._bytes = _size_bytes(first)
        self.budget_bytes = budget_bytes

    def __len__(self) -> int:
        return len(self._at)

    @property
    def size_bytes(self) -> int:
        """What all of them hold."""
        return self._bytes

    def copy(self) -> "Snapshots":
        """Another one that can be changed apart; the states themselves are shared."""
        copied = Snapshots(self._states[0], self.budget_bytes)
        for at, state in zip(self._at, self._states, strict=True):
            copied.keep(at, state)
        return copied

    def keep(self, n: int, state: bytes) -> None:
        """Keep the state after `n` events, where the cursor is; one that is there already stays."""
        index = bisect_right(self._at, n)
        if self._at[index - 1] == n:
            return
        self._at.insert(index, n)
        # orjson leaves 4 kB of room in what it returns, however small: a copy is as long as it is.
        self._states.insert(index, bytes(memoryview(state)))
        self._bytes += _size_bytes(state)
        if self._bytes > self.budget_bytes:
            self._thin(n)

    def before(self, n: int) -> tuple[int, bytes]:
        """The nearest one at or before `n`: of how many events, and the state."""
        index = bisect_right(self._at, n) - 1
        return self._at[index], self._states[index]

    def forget_from(self, n: int) -> None:
        """Event `n` is another one now: what was folded with it is no longer true."""
        index = max(1, bisect_right(self._at, n - 1))
        self._bytes -= sum(map(_size_bytes, self._states[index:]))
        del self._at[index:]
        del self._states[index:]

    def _thin(self, cursor: int) -> None:
        """Widen the gaps until there is room again; the first, the last and the cursor's stay."""
        most_bytes = self.budget_bytes * _AFTER_THINNING
        share = 1 / len(self._at)
        while self._bytes > most_bytes and len(self._at) > 3:
            kept = list(self._spread(cursor, share))
            self._at = [self._at[index] for index in kept]
            self._states = [self._states[index] for index in kept]
            self._bytes = sum(map(_size_bytes, self._states))
            share *= 1.5

    def _spread(self, cursor: int, share: float) -> Iterator[int]:
        """Which ones stay where a gap may be this share of its distance from the cursor."""
        last = len(self._at) - 1
        floor = self._at[last] / _FAR
        before = 0
        yield 0
        for index in range(1, last):
            at = self._at[index]
            widest = share * (abs(at - cursor) + floor)
            if at == cursor or self._at[index + 1] - before > widest:
                before = at
                yield index
        yield last


def _size_bytes(state: bytes) -> int:
    return len(state) + _OVERHEAD_BYTES
