"""How fast a cluster is read; time is an argument."""


class Pace:
    """A rate of bytes, kept on the average: what was sent is waited for before more is asked.

    Args:
        max_bytes_per_s: None is as fast as it goes.
    """

    def __init__(self, max_bytes_per_s: int | None) -> None:
        self._rate = max_bytes_per_s
        self._free_at_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """How long to wait before the next request."""
        return max(0.0, self._free_at_s - now_s)

    def at_most(self, size_bytes: int) -> int:
        """How much to ask for at once: not more than a second's worth."""
        return size_bytes if self._rate is None else max(1, min(size_bytes, self._rate))

    def sent(self, size_bytes: int, now_s: float) -> None:
        """So much came."""
        if self._rate is not None:
            self._free_at_s = max(self._free_at_s, now_s) + size_bytes / self._rate

    def rest(self, seconds: float, now_s: float) -> None:
        """Ask for nothing for so long, as a broker wants it."""
        self._free_at_s = max(self._free_at_s, now_s + seconds)
