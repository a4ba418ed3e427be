"""Ctrl-C while the Kafka client is at work: it waits until the client's call is over.

The client (confluent-kafka 2.16) looks for signals inside its calls. Where a callback ran in the
same call, it loses the `KeyboardInterrupt`, and what comes out is a `SystemError` without a cause.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupt_held() -> Iterator[None]:
    """Hold Ctrl-C back until the end of the block, which has to be short.

    Raises:
        KeyboardInterrupt: behind the block, where Ctrl-C came in it (or whatever else the handler
            does that was there before).
    """
    if threading.current_thread() is not threading.main_thread():  # signals never come there
        yield
        return
    came: list[FrameType | None] = []
    before = signal.signal(signal.SIGINT, lambda _number, frame: came.append(frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came and callable(before):
            before(signal.SIGINT, came[0])
