"""How far sending a plan is, a step at a time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from readers.errors import KstoryError
from readers.source import Sink, WritesOnce


class WorldChanged(KstoryError):
    """What a plan was made for is not what is there now; nothing more of it is sent."""


class ApplyState(Enum):
    """What is being done."""

    CHECKING = "checking"
    """Whether the world is still as the plan found it, and what was sent before."""
    SENDING = "sending"
    WATCHING = "watching"
    """Whether letters that were sent come back to a dead-letter topic."""
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    """Not all was sent; the same plan may be applied again."""


@dataclass(frozen=True, slots=True)
class ApplyStep:
    """Where it stands: `sent` of `total` letters are in their targets.

    Attributes:
        came_back: how many of those lie in a dead-letter topic again.
        sentence: what is going on, or why it stopped; for a person.
    """

    sent: int
    total: int
    came_back: int
    state: ApplyState
    sentence: str


class PlanSink(Sink, WritesOnce, Protocol):
    """What a plan is sent into."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as sending needs it: monotonic seconds, waiting, and milliseconds since the epoch."""

    now_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
