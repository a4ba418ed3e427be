"""How fast letters are sent: a token bucket that can be turned and stopped while they are."""

import math

from replay.deadletters.republish.plan import DEFAULT_RATE

_FULL_S = 1.0
"""So many seconds' letters may be saved up while nothing is sent."""


class Pace:
    """Letters a second, 0 for as fast as they go. Any thread may set `rate` and `paused`."""

    def __init__(self, rate: float = DEFAULT_RATE, *, paused: bool = False) -> None:
        if not math.isfinite(rate):
            raise ValueError(f"A rate is a finite number of letters a second, not {rate}.")
        self.rate = rate
        self.paused = paused
        self._saved = 1.0
        self._counted_s: float | None = None

    def allowed(self, wanted: int, now_s: float) -> int:
        """How many of the wanted letters may be sent now; 0 is none yet, or none while paused."""
        self._save(now_s)
        if self.paused:
            return 0
        if self.rate <= 0:
            return wanted
        return min(wanted, int(self._saved))

    def spend(self, count: int) -> None:
        """So many were sent."""
        self._saved = max(0.0, self._saved - count)

    def wait_s(self) -> float:
        """How long until the next one may be sent; 0 where that is now. Not told while paused."""
        if self.rate <= 0:
            return 0.0
        return max(0.0, 1.0 - self._saved) / self.rate

    def _save(self, now_s: float) -> None:
        if self._counted_s is not None and not self.paused:
            fresh = (now_s - self._counted_s) * max(0.0, self.rate)
            self._saved = min(max(1.0, self.rate * _FULL_S), self._saved + fresh)
        self._counted_s = now_s
