"""Events played again at their own pace, or scaled: a clock for the story, and a player on it.

Nothing here sleeps, draws or reads: whoever owns a player asks it what was told by now, and how
long to wait. Time comes from the function it is given, so a test decides how it passes.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable

from readers.errors import UsageError

SLOWEST, FASTEST = 0.1, 1000.0
MAX_SPEED = math.inf
"""As fast as it goes."""
_SPEEDS = (SLOWEST, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, FASTEST, MAX_SPEED)
_MOMENT_MS = 0.01
"""Less than this is no wait: milliseconds since the epoch are exact to 0.0003 as a float."""


def checked_speed(speed: float) -> float:
    """The speed, if it is one that can be played at.

    Raises:
        UsageError: it is not.
    """
    if speed != MAX_SPEED and not SLOWEST <= speed <= FASTEST:
        raise UsageError(
            f"A speed is a number from {SLOWEST:g} to {FASTEST:g}, or max; not {speed:g}."
        )
    return speed


def next_speed(speed: float, by: int) -> float:
    """Of the speeds that a key goes through, so many further than the one nearest to this."""
    if by > 0:
        further = [each for each in _SPEEDS if each > speed]
        return further[min(by, len(further)) - 1] if further else MAX_SPEED
    further = [each for each in reversed(_SPEEDS) if each < speed]
    return further[min(-by, len(further)) - 1] if further else SLOWEST


class StoryClock:
    """What time it is in the story: it passes `speed` times as fast as it does here.

    It stands still until `play`. At `MAX_SPEED` everything is due at once.
    """

    def __init__(self, now_s: Callable[[], float], *, speed: float = 1.0) -> None:
        """`now_s` tells monotonic seconds."""
        self._now_s = now_s
        self._speed = checked_speed(speed)
        self._at_ms = 0.0
        self._since_s: float | None = None

    @property
    def at_ms(self) -> float:
        """The time in the story; at `MAX_SPEED` where it was last moved to."""
        if self._since_s is None or self._speed == MAX_SPEED:
            return self._at_ms
        return self._at_ms + (self._now_s() - self._since_s) * 1000.0 * self._speed

    @property
    def playing(self) -> bool:
        """Whether time passes."""
        return self._since_s is not None

    @property
    def speed(self) -> float:
        """How many times as fast as here; changing it changes nothing of the past."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        checked_speed(speed)
        self.move_to(self.at_ms)
        self._speed = speed

    def play(self) -> None:
        """Let time pass."""
        if self._since_s is None:
            self._since_s = self._now_s()

    def pause(self) -> None:
        """Let it stand still."""
        self._at_ms, self._since_s = self.at_ms, None

    def move_to(self, at_ms: float) -> None:
        """Go on from this time."""
        self._at_ms = at_ms
        if self._since_s is not None:
            self._since_s = self._now_s()

    def wait_s(self, time_ms: float) -> float | None:
        """How long until it is this time here; 0 where it is, None where it never comes."""
        if self._speed == MAX_SPEED and self.playing:
            return 0.0
        ahead_ms = time_ms - self.at_ms
        if ahead_ms < _MOMENT_MS:
            return 0.0
        return ahead_ms / 1000.0 / self._speed if self.playing else None


class Schedule:
    """When the events of a story are due, one after the other: never before the one before.

    One whose time runs backwards, or that has none, follows at once.
    """

    def __init__(self, *, rate: float | None = None) -> None:
        """`rate`: so many a second, whatever their own times say; None keeps those."""
        if rate is not None and not 0 < rate < math.inf:
            raise UsageError(f"A rate is a number of records a second above 0; not {rate:g}.")
        self._step_ms = None if rate is None else 1000.0 / rate
        self._count = 0
        self._due_ms: float | None = None

    def due_ms(self, time_ms: int | None) -> float:
        """When the next event is due, in story time."""
        if self._step_ms is not None:
            self._count += 1
            return (self._count - 1) * self._step_ms
        if time_ms is not None and (self._due_ms is None or time_ms > self._due_ms):
            self._due_ms = float(time_ms)
        return 0.0 if self._due_ms is None else self._due_ms


class Player:
    """A story played again: told up to event `n`, of which there are `count`; 0 is before all.

    Attributes:
        n: the last event that was told.
        stopped_at: the event at which a breakpoint stopped it; None once it goes on.
    """

    def __init__(
        self,
        times_ms: Iterable[int | None],
        now_s: Callable[[], float],
        *,
        speed: float = 1.0,
        rate: float | None = None,
        breaks_at: Callable[[int], bool] | None = None,
    ) -> None:
        """Take the events by their times, in the order they are told; it stands before the first.

        Args:
            times_ms: of each event, in ms since the epoch; None where it has none.
            now_s: monotonic seconds.
            speed: see `StoryClock`.
            rate: so many events a second instead of their own pace.
            breaks_at: whether to pause behind an event of this number; asked when it is told.
        """
        self._schedule = Schedule(rate=rate)
        self._due_ms: list[float] = []
        self._clock = StoryClock(now_s, speed=speed)
        self._breaks_at = breaks_at
        self.n = 0
        self.stopped_at: int | None = None
        self.extend(times_ms)
        self.seek(0)

    def __len__(self) -> int:
        return len(self._due_ms)

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._clock.playing

    @property
    def ended(self) -> bool:
        """Whether all is told."""
        return self.n >= len(self._due_ms)

    @property
    def at_ms(self) -> float:
        """The time in the story."""
        return self._clock.at_ms

    @property
    def speed(self) -> float:
        """How many times as fast as here."""
        return self._clock.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._clock.speed = speed

    def break_at(self, breaks_at: Callable[[int], bool] | None) -> None:
        """Pause behind events of which this holds, from now on."""
        self._breaks_at = breaks_at

    def extend(self, times_ms: Iterable[int | None]) -> None:
        """More events came behind the last."""
        self._due_ms += map(self._schedule.due_ms, times_ms)

    def play(self) -> None:
        """Go on by itself."""
        self.stopped_at = None
        self._clock.play()

    def pause(self) -> None:
        """Stand still."""
        self._clock.pause()

    def seek(self, n: int) -> None:
        """Stand behind event `n`, or before or behind all; a player that plays goes on there."""
        self.n = max(0, min(n, len(self._due_ms)))
        self.stopped_at = None
        if self._due_ms:
            self._clock.move_to(self._due_ms[max(0, self.n - 1)])

    def seek_time(self, time_ms: float) -> None:
        """Stand at a time, behind the events that are told by then."""
        self.n = bisect_right(self._due_ms, time_ms)
        self.stopped_at = None
        self._clock.move_to(time_ms)

    def step(self, count: int = 1) -> None:
        """Pause, so many events further; backwards where it is negative."""
        self.pause()
        self.seek(self.n + count)

    def advance(self, limit: int = 1_000) -> range:
        """Tell what is due by now, `limit` events at most; their numbers, ascending.

        It stops behind an event at which it breaks, and behind the last.
        """
        first = self.n + 1
        while self.n < len(self._due_ms) and self.n - first + 1 < limit and self.wait_s() == 0.0:
            self.n += 1
            if self._breaks_at is not None and self._breaks_at(self.n):
                self._stop()
                break
        if self.playing and self._clock.speed == MAX_SPEED and self.n >= first:
            self._clock.move_to(self._due_ms[self.n - 1])
        return range(first, self.n + 1)

    def wait_s(self) -> float | None:
        """How long until the next event is due; None where none comes by itself."""
        if not self.playing or self.ended:
            return None
        return self._clock.wait_s(self._due_ms[self.n])

    def _stop(self) -> None:
        """Time stands where the event is: what is due with it comes when it goes on."""
        self._clock.pause()
        self._clock.move_to(self._due_ms[self.n - 1])
        self.stopped_at = self.n
