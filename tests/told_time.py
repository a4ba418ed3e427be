"""A clock for a test: time passes when it is told to."""


class ToldTime:
    """Monotonic seconds; a test adds to `now_s`."""

    def __init__(self, now_s: float = 1000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s
