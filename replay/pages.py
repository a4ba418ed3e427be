"""A page of records of many partitions, merged by time, and what each partition is read to."""

import heapq
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from readers.record import Record, Span, TopicPartition
from readers.source import Batch, Notice
from replay.window_losses import lost_span
from replay.window_rows import place_of


@dataclass(frozen=True, slots=True)
class Page:
    """Records by time, each partition's in its own order: all of `lo` up to `hi`.

    Attributes:
        notices: what was said while they were read.
    """

    records: tuple[Record, ...]
    lo: Mapping[TopicPartition, int]
    hi: Mapping[TopicPartition, int]
    notices: tuple[Notice, ...] = ()


class PageBefore:
    """Collects spans that end where something else begins; keeps what lies nearest to the end."""

    def __init__(self, spans: Sequence[Span], *, max_bytes: int) -> None:
        self._lo = {span.topic_partition: span.start for span in spans}
        self._hi = {span.topic_partition: span.end_exclusive for span in spans}
        self._kept: dict[TopicPartition, deque[Record]] = {place: deque() for place in self._lo}
        self._bytes = dict.fromkeys(self._lo, 0)
        self._max_bytes = max_bytes // max(1, len(spans))
        self._notices: list[Notice] = []

    def add(self, batch: Batch) -> None:
        """Take in what was read; the oldest of it goes where it is too much."""
        self._notices += batch.notices
        for record in batch.records:
            place = place_of(record)
            kept = self._kept[place]
            kept.append(record)
            self._bytes[place] += record.size_bytes
            while self._bytes[place] > self._max_bytes and len(kept) > 1:
                gone = kept.popleft()
                self._bytes[place] -= gone.size_bytes
                self._lo[place] = gone.offset + 1

    def __len__(self) -> int:
        return sum(map(len, self._kept.values()))

    def page(self, count: int, starts: Mapping[TopicPartition, int]) -> Page:
        """The newest `count`, as `page_of_newest` makes them a page."""
        return page_of_newest(
            self._kept, self._lo, self._hi, count=count, starts=starts, notices=self._notices
        )


def page_of_newest(
    kept: Mapping[TopicPartition, deque[Record]],
    lo: Mapping[TopicPartition, int],
    hi: Mapping[TopicPartition, int],
    *,
    count: int,
    starts: Mapping[TopicPartition, int],
    notices: Iterable[Notice],
) -> Page:
    """The newest `count`, none of them older than what was left out of another partition.

    What is left out is taken from `kept`, all records from `lo` up to `hi`. `starts` are the first
    offsets there are: a partition that reaches it leaves nothing out.
    """
    lo = dict(lo)
    firsts = {
        place: _time(records[0])
        for place, records in kept.items()
        if records and lo[place] > starts.get(place, 0)
    }
    latest = max(firsts, key=lambda place: firsts[place], default=None)
    if latest is not None:
        for place, records in kept.items():
            if place != latest:
                _drop_older(records, firsts[latest], lo)
    merged_records = tuple(by_time(kept.values()))
    left_out = max(0, len(merged_records) - count)
    for record in merged_records[:left_out]:
        lo[place_of(record)] = record.offset + 1
    return Page(merged_records[left_out:], lo, hi, _said_of(notices, lo, hi))


def _drop_older(kept: deque[Record], time_ms: int, lo: dict[TopicPartition, int]) -> None:
    older = [at for at, record in enumerate(kept) if _time(record) < time_ms]
    for _ in range(older[-1] + 1 if older else 0):
        gone = kept.popleft()
        lo[place_of(gone)] = gone.offset + 1


class PageAfter:
    """Collects spans that begin where something else ends; keeps what lies nearest to it.

    A partition of which there is enough is read no further: `is_changed` says so, and `spans`
    what is still to be read.
    """

    def __init__(self, spans: Sequence[Span], *, max_bytes: int) -> None:
        self._lo = {span.topic_partition: span.start for span in spans}
        self._hi = {span.topic_partition: span.end_exclusive for span in spans}
        self._kept: dict[TopicPartition, list[Record]] = {place: [] for place in self._lo}
        self._bytes = dict.fromkeys(self._lo, 0)
        self._max_bytes = max_bytes // max(1, len(spans))
        self._notices: list[Notice] = []
        self._reached = dict(self._lo)
        self.is_changed = False

    @property
    def spans(self) -> list[Span]:
        """What is still to be read; then it is not changed any more."""
        self.is_changed = False
        return [
            Span(*place, reached, self._hi[place])
            for place, reached in self._reached.items()
            if reached < self._hi[place]
        ]

    def add(self, batch: Batch) -> None:
        """Take in what was read; the newest of it is left out where it is too much."""
        self._notices += batch.notices
        for record in batch.records:
            place = place_of(record)
            if record.offset >= self._hi[place]:
                continue
            self._kept[place].append(record)
            self._bytes[place] += record.size_bytes
            if self._bytes[place] >= self._max_bytes:
                self._hi[place] = record.offset + 1
                self.is_changed = True
        self._reached.update(batch.reached)

    def page(self, ends: Mapping[TopicPartition, int]) -> Page:
        """What is not newer than what was left out of another partition."""
        hi = dict(self._hi)
        lasts = {
            place: _time(kept[-1])
            for place, kept in self._kept.items()
            if kept and hi[place] < ends.get(place, 0)
        }
        first = min(lasts, key=lambda place: lasts[place], default=None)
        if first is not None:
            for place, kept in self._kept.items():
                if place != first:
                    _drop_newer(kept, lasts[first], hi)
        records = tuple(by_time(self._kept.values()))
        return Page(records, self._lo, hi, _said_of(self._notices, self._lo, hi))


def _drop_newer(kept: list[Record], time_ms: int, hi: dict[TopicPartition, int]) -> None:
    newer = [at for at, record in enumerate(kept) if _time(record) > time_ms]
    if newer:
        hi[place_of(kept[newer[0]])] = kept[newer[0]].offset
        del kept[newer[0] :]


def _said_of(
    notices: Iterable[Notice],
    lo: Mapping[TopicPartition, int],
    hi: Mapping[TopicPartition, int],
) -> tuple[Notice, ...]:
    """What was said, but of lost offsets only of a page's own: the others will be read again."""

    def is_of_page(notice: Notice) -> bool:
        lost = lost_span(notice)
        if lost is None or lost.topic_partition not in lo:
            return True
        place = lost.topic_partition
        return lost.end_exclusive > lo[place] and lost.start < hi[place]

    return tuple(filter(is_of_page, notices))


def by_time(partitions: Iterable[Iterable[Record]]) -> Iterable[Record]:
    """The records of partitions merged by time, never against a partition's own order."""
    return heapq.merge(*partitions, key=_time)


def merged(records: Sequence[Record]) -> tuple[Record, ...]:
    """Mixed records merged by time, never against a partition's own order."""
    partitions: dict[TopicPartition, list[Record]] = {}
    for record in records:
        partitions.setdefault(place_of(record), []).append(record)
    return tuple(by_time(partitions.values())) if len(partitions) > 1 else tuple(records)


def _time(record: Record) -> int:
    return record.timestamp_ms or 0
