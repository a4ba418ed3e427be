"""States kept on the way, so that any state is a short fold from one: bytes, within a budget."""

from bisect import bisect_right

BUDGET_BYTES = 256 * 1024 * 1024


class Snapshots:
    """States by how many events they are the fold of, ascending; the first one always stays.

    Where the budget is passed, every second one of the older half is given up, again and again:
    what is far behind the end is kept thinly, what is near it densely.
    """

    def __init__(self, first: bytes, budget_bytes: int = BUDGET_BYTES) -> None:
        self._at = [0]
        self._states = [first]
        self._bytes = len(first)
        self._budget_bytes = budget_bytes

    def __len__(self) -> int:
        return len(self._at)

    @property
    def size_bytes(self) -> int:
        """What all of them hold."""
        return self._bytes

    def keep(self, n: int, state: bytes) -> None:
        """Keep the state after `n` events; one that is there already stays."""
        index = bisect_right(self._at, n)
        if self._at[index - 1] == n:
            return
        self._at.insert(index, n)
        self._states.insert(index, state)
        self._bytes += len(state)
        while self._bytes > self._budget_bytes and len(self._at) > 2:
            self._thin()

    def before(self, n: int) -> tuple[int, bytes]:
        """The nearest one at or before `n`: of how many events, and the state."""
        index = bisect_right(self._at, n) - 1
        return self._at[index], self._states[index]

    def forget_from(self, n: int) -> None:
        """Event `n` is another one now: what was folded with it is no longer true."""
        index = max(1, bisect_right(self._at, n - 1))
        self._bytes -= sum(map(len, self._states[index:]))
        del self._at[index:]
        del self._states[index:]

    def _thin(self) -> None:
        """Give up every second one of the older half, but for the first."""
        half = max(3, len(self._at) // 2)
        for index in range((half - 1) // 2 * 2 - 1 if half > 3 else 1, 0, -2):
            self._bytes -= len(self._states[index])
            del self._at[index]
            del self._states[index]
