"""How fast records arrive at a follow, and how many of them it passed over."""

from collections import deque

_WINDOW_S = 2.0
_LEAST_S = 0.5
"""What came in a shorter time is no rate."""


class Arrivals:
    """Counts what comes, by a clock that is given to it (seconds).

    Attributes:
        passed: how many records were passed over, in all.
    """

    def __init__(self) -> None:
        self.passed = 0
        self._came: deque[tuple[float, int, int]] = deque()

    def add(self, now_s: float, arrived: int, passed: int) -> None:
        """So many came just now, those passed over among them."""
        self.passed += passed
        self._came.append((now_s, arrived, passed))
        self._forget(now_s)

    def per_s(self, now_s: float) -> int | None:
        """The rate of the last seconds; None where too little is known, or nothing came."""
        self._forget(now_s)
        if not self._came:
            return None
        lasted_s = self._came[-1][0] - self._came[0][0]
        if lasted_s < _LEAST_S:
            return None
        # What came first came in the time before it.
        return round(sum(arrived for _, arrived, _ in list(self._came)[1:]) / lasted_s)

    def is_sampled(self, now_s: float) -> bool:
        """Whether some of what came in the last seconds was passed over."""
        self._forget(now_s)
        return any(passed for _, _, passed in self._came)

    def _forget(self, now_s: float) -> None:
        while self._came and now_s - self._came[0][0] > _WINDOW_S:
            self._came.popleft()
