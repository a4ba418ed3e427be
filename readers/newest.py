"""Following at any rate: of what comes faster than it can be shown, only the newest is looked at.

What is passed over is told exactly, as spans with the number of records in them, and can be read.
"""

import heapq
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby, islice
from typing import Generic, Protocol, TypeGuard, TypeVar

from readers.record import Position, Record, Span, TopicPartition
from readers.source import Batch, Notice, Passed, Source

FRAME_S = 0.05
"""What comes within this time makes one batch: no screen is drawn more often."""

T = TypeVar("T")


class FollowsNewest(Protocol):
    """A source that makes no records of what it passes over."""

    def follow_newest(self, starts: Sequence[Position], per_s: int) -> Iterator[Batch]:
        """Follow as the function of this name does."""
        ...


def follow_newest(source: Source, starts: Sequence[Position], per_s: int) -> Iterator[Batch]:
    """Follow as `Source.follow` does, with `per_s` records a second at the most: the newest.

    After a silence as many as a second's may come at once. The rest is in `Batch.passed`.
    """
    if _follows_newest(source):
        yield from source.follow_newest(starts, per_s)
        return
    allowance = Allowance(per_s)
    frame = _RecordFrame(allowance.left())
    for batch in source.follow(starts):
        frame.add(batch)
        if frame.is_over(batch, per_s):
            made = frame.batch()
            allowance.spend(len(made.records))
            frame = _RecordFrame(allowance.left())
            yield made


def _follows_newest(source: object) -> TypeGuard[FollowsNewest]:
    return hasattr(source, "follow_newest")


class Allowance:
    """How many records may be shown: so many a second, saved up for a second at the most.

    Args:
        saved_s: so much is saved up when it begins.
    """

    def __init__(
        self, per_s: int, clock: Callable[[], float] = time.monotonic, *, saved_s: float = 1.0
    ) -> None:
        self._per_s = per_s
        self._clock = clock
        self._counted_s = clock()
        self._saved = per_s * saved_s

    def left(self) -> int:
        """How many may be shown now; always one."""
        now_s = self._clock()
        saved = self._saved + (now_s - self._counted_s) * self._per_s
        self._saved, self._counted_s = min(saved, float(self._per_s)), now_s
        return max(1, int(self._saved))

    def spend(self, count: int) -> None:
        """So many are shown."""
        self._saved -= count


@dataclass(slots=True)
class _Came(Generic[T]):
    """What came of one partition: between which offsets, how many, and the last of them."""

    start: int
    kept: deque[T]
    end_exclusive: int = 0
    count: int = 0


class Newest(Generic[T]):
    """Keeps the newest of what comes, in whatever form it comes.

    Args:
        limit: of all partitions together; at least 1.
        offset_of, time_of: what is asked of each kept; a time is in milliseconds.
    """

    def __init__(
        self, limit: int, offset_of: Callable[[T], int], time_of: Callable[[T], int]
    ) -> None:
        self._limit = limit
        self._offset_of = offset_of
        self._time_of = time_of
        self._came: dict[TopicPartition, _Came[T]] = {}

    def add(self, place: TopicPartition, run: Sequence[T]) -> None:
        """Take in what comes next of a partition, ascending, not empty."""
        came = self._of(place, self._offset_of(run[0]))
        came.kept.extend(run)
        came.count += len(run)
        came.end_exclusive = self._offset_of(run[-1]) + 1

    def pass_over(self, span: Span, count: int) -> None:
        """Count what comes next of a partition, where nothing of it is kept yet."""
        came = self._of(span.topic_partition, span.start)
        came.count += count
        came.end_exclusive = span.end_exclusive

    def chosen(self) -> tuple[dict[TopicPartition, list[T]], tuple[Passed, ...]]:
        """The newest by time, each partition's in their order; and what was passed over."""
        counts = self._counts()
        chosen: dict[TopicPartition, list[T]] = {}
        passed: list[Passed] = []
        for place, came in self._came.items():
            kept = list(came.kept)[len(came.kept) - counts[place] :]
            if kept:
                chosen[place] = kept
            if came.count > len(kept):
                end = self._offset_of(kept[0]) if kept else came.end_exclusive
                passed.append(Passed(Span(*place, came.start, end), came.count - len(kept)))
        return chosen, tuple(passed)

    def _of(self, place: TopicPartition, start: int) -> _Came[T]:
        if place not in self._came:
            self._came[place] = _Came(start, deque(maxlen=self._limit))
        return self._came[place]

    def _counts(self) -> Counter[TopicPartition]:
        """How many of the end of each partition are among the newest of all."""
        if sum(len(came.kept) for came in self._came.values()) <= self._limit:
            return Counter({place: len(came.kept) for place, came in self._came.items()})
        newest_first = heapq.merge(
            *(self._backwards(place, came.kept) for place, came in self._came.items()),
            key=lambda each: -each[0],
        )
        return Counter(place for _, place in islice(newest_first, self._limit))

    def _backwards(
        self, place: TopicPartition, kept: deque[T]
    ) -> Iterator[tuple[int, TopicPartition]]:
        return ((self._time_of(each), place) for each in reversed(kept))


def newest_records(limit: int) -> Newest[Record]:
    """Keeps the newest records."""
    return Newest(limit, _offset_of, _time_of)


@dataclass(slots=True)
class _RecordFrame:
    """Some steps of a follow that knows nothing of this, as one batch."""

    limit: int
    _newest: Newest[Record] = field(init=False)
    _reached: dict[TopicPartition, int] = field(default_factory=dict)
    _notices: list[Notice] = field(default_factory=list)
    _begun_s: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._newest = newest_records(self.limit)

    def add(self, batch: Batch) -> None:
        """Take in what a step brought."""
        for place, run in groupby(batch.records, _place_of):
            self._newest.add(place, list(run))
        self._reached.update(batch.reached)
        self._notices += batch.notices

    def is_over(self, last: Batch, per_s: int) -> bool:
        """Whether nothing more is to be waited for after this step."""
        is_calm = len(last.records) < per_s * FRAME_S
        return is_calm or bool(self._notices) or time.monotonic() - self._begun_s >= FRAME_S

    def batch(self) -> Batch:
        """What came, the newest of it as records."""
        chosen, passed = self._newest.chosen()
        records = tuple(chain.from_iterable(chosen.values()))
        return Batch(records, self._reached, tuple(self._notices), passed)


def _place_of(record: Record) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)


def _offset_of(record: Record) -> int:
    return record.offset


def _time_of(record: Record) -> int:
    return record.timestamp_ms or 0
