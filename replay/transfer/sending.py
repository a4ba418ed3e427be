"""Sending records exactly once, when they are due; killed at any moment, it goes on behind."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from readers.record import Record
from readers.source import APPEND_RECORDS_MAX, OnceWriter, Sink, WritesOnce
from replay.event import Event
from replay.player import Schedule, StoryClock

_APPEND_BYTES_MAX = 8 * 1024 * 1024
_APPEND_TOPICS_MAX = 10
"""The names of more might not fit into what a cluster keeps beside an offset."""
_TURN_S = 0.2
_OVERSLEPT_S = 1.0


T = TypeVar("T")


class OnceSink(Sink, WritesOnce, Protocol):
    """A sink that writes once."""


@dataclass(frozen=True, slots=True)
class Due(Generic[T]):
    """What is due, and when: in story time, never before the one before."""

    what: T
    due_ms: float


@dataclass(frozen=True, slots=True)
class SendStep:
    """How far it is: so many are stored, of this run and those before it.

    Attributes:
        wait_s: until the next is due; 0 while they go out.
    """

    sent: int
    wait_s: float = 0.0


class Clock(Protocol):
    """Monotonic time, and letting it pass."""

    def now_s(self) -> float:
        """Monotonic seconds."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class RealClock:
    """This machine's."""

    def now_s(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def dues(events: Iterable[Event], rate: float | None) -> Iterator[Due[Event]]:
    """When each is due: by its own time, or so many a second."""
    schedule = Schedule(rate=rate)
    return (Due(event, schedule.due_ms(event.time_ms)) for event in events)


def paced(dues: Iterable[Due[T]], pace: StoryClock, clock: Clock) -> Iterator[Due[T] | float]:
    """What becomes due, as it does, and between them how long the next one takes, in seconds.

    It sleeps for 0.2 s at most between two things it gives, and gives nothing that is due while the
    story's time stands. The story's time begins at the first.
    A machine or process that was stopped goes on where it was: it does not make up for it.
    """
    began = False
    for due in dues:
        if not began:
            pace.move_to(due.due_ms)
            began = True
        while (wait_s := pace.wait_s(due.due_ms) if pace.playing else None) != 0.0:
            yield _TURN_S if wait_s is None else wait_s
            turn_s = _TURN_S if wait_s is None else min(wait_s, _TURN_S)
            at_ms, before_s = pace.at_ms, clock.now_s()
            clock.sleep(turn_s)
            if clock.now_s() - before_s > turn_s + _OVERSLEPT_S:
                pace.move_to(at_ms)
        yield due


def send(
    turns: Iterable[Due[Record] | float], writer: OnceWriter, *, already: int
) -> Iterator[SendStep]:
    """Append what comes, 50 at most at a time, and what is due before each pause.

    Args:
        turns: what `paced` gives, behind the first `already` records.
        writer: one that was resumed.
        already: how many it had stored.

    Raises:
        SourceError: see `OnceWriter.append`; what was told before is stored.
    """
    sent = already
    group: list[Record] = []
    for turn in turns:
        if isinstance(turn, Due) and _fits(group, turn.what):
            group.append(turn.what)
            continue
        if group:
            writer.append(group)
            sent += len(group)
            group = []
        if isinstance(turn, Due):
            group.append(turn.what)
            yield SendStep(sent)
        else:
            yield SendStep(sent, turn)
    if group:
        writer.append(group)
        sent += len(group)
    yield SendStep(sent)


def _fits(group: list[Record], record: Record) -> bool:
    if len(group) >= APPEND_RECORDS_MAX:
        return False
    if group and sum(r.size_bytes for r in group) + record.size_bytes > _APPEND_BYTES_MAX:
        return False
    return len({r.topic for r in group} | {record.topic}) <= _APPEND_TOPICS_MAX
