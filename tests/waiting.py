"""Waiting in tests: for as long as a busy machine needs, and not a moment longer."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ENOUGH_S = 60.0
"""What comes at all has come by then, on a slow machine too; only a failure waits so long."""


def wait_until(
    condition: Callable[[], bool], timeout_s: float = ENOUGH_S, every_s: float = 0.02
) -> None:
    """Wait for something to become true, and fail when it does not in time."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise AssertionError(f"not true within {timeout_s} s: {condition}")
        time.sleep(every_s)


@contextmanager
def soon(limit_s: float = 20.0) -> Iterator[None]:
    """See that this does not wait for something that takes much longer than the limit."""
    began_s = time.monotonic()
    yield
    assert time.monotonic() - began_s < limit_s
