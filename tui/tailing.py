"""The records that `kstory tail` prints: where it begins and ends, and how they are found."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from readers.errors import UsageError
from readers.record import Record, Span, TopicPartition
from readers.scanning import found_in
from readers.search import SearchStep, find_keys, find_texts
from readers.source import Notice, PartitionBounds, Source, TopicInfo
from readers.wanted import EVERYTHING, Wanted
from replay.event import Event
from replay.filters import EventFilter
from replay.ranges import (
    AtOffset,
    AtTime,
    LastRecords,
    Point,
    choose_partitions,
    positions,
    spans_between,
    starts,
)
from replay.time_ends import ends_before
from tui.output import note
from tui.progress import SearchProgress
from tui.settings import now_ms

_FEW = 10_000
"""So many records and fewer the Kafka client brings sooner than a scan of whole batches begins."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records are printed, and where that ends.

    Attributes:
        until: None ends at the partitions' present end, or never when following.
        bytes: what can be said of them before they are decoded.
        everywhere: keys are searched in partitions too that their hash rules out.
        limit: so many records at the most; None is all.
    """

    start: Point
    until: Point | None
    follow: bool
    partitions: frozenset[int] | None
    bytes: Wanted
    everywhere: bool
    where: EventFilter | None
    limit: int | None

    @property
    def until_ms(self) -> int | None:
        """The time at which it ends."""
        return self.until.time_ms if isinstance(self.until, AtTime) else None

    @property
    def is_search(self) -> bool:
        """Whether records are looked for, by their key or by a text."""
        return self.bytes != EVERYTHING

    @property
    def is_all(self) -> bool:
        """Whether every record that is read is wanted."""
        return self.bytes == EVERYTHING and self.until_ms is None and self.where is None

    def wanted(
        self, records: Sequence[Record], read: Callable[[Record], Event]
    ) -> Sequence[Record]:
        """Those that are wanted; `read` tells what one says."""
        return records if self.is_all else [each for each in records if self._wants(each, read)]

    def _wants(self, record: Record, read: Callable[[Record], Event]) -> bool:
        if not self.bytes.holds(record):
            return False
        at_ms = record.timestamp_ms
        if self.until_ms is not None and at_ms is not None and at_ms >= self.until_ms:
            return False
        return self.where is None or self.where.matches(read(record))


@dataclass(slots=True)
class Told:
    """What was said while records were read: notices go to stderr.

    A loss is told each time; how it is read is told once, whoever else reads in the same way.

    Attributes:
        is_loss: records may be missing for one of them.
    """

    is_loss: bool = False
    _said: set[str] = field(default_factory=set)

    def tell(self, notices: Sequence[Notice]) -> None:
        """Say them."""
        for notice in notices:
            self.is_loss = self.is_loss or notice.is_loss
            if not notice.is_loss:
                if notice.text in self._said:
                    continue
                self._said.add(notice.text)
            note(notice.text)


class Helpers(Protocol):
    """Others who print a part of what is read in bulk."""

    def share(self, spans: Sequence[Span]) -> Sequence[Span]:
        """Let them begin with some of it; what is left to be printed here."""
        ...

    def check(self, told: Told) -> None:
        """Tell what they say; raises what stopped one of them."""
        ...

    def wait(self, told: Told) -> None:
        """Wait until all is printed, as `check` does."""
        ...


def tailed(
    source: Source,
    topics: Sequence[TopicInfo],
    asked: Asked,
    read: Callable[[Record], Event],
    told: Told,
    helpers: Helpers | None = None,
) -> Iterator[Sequence[Record]]:
    """The wanted records, a batch at a time; without those that helpers print."""
    bounds = choose_partitions(topics, asked.partitions)
    if not bounds:
        raise UsageError("None of the topics has a partition with such a number.")
    begins = starts(source, bounds, asked.start)
    left = asked.limit
    for records in _records(source, topics, bounds, begins, asked, told, helpers):
        kept = asked.wanted(records, read)
        kept = kept if left is None else kept[:left]
        if kept:
            yield kept
        if left is not None:
            left -= len(kept)
            if left <= 0:
                return


def _records(
    source: Source,
    topics: Sequence[TopicInfo],
    bounds: dict[TopicPartition, PartitionBounds],
    begins: dict[TopicPartition, int],
    asked: Asked,
    told: Told,
    helpers: Helpers | None,
) -> Iterator[Sequence[Record]]:
    """First what is there, then, where it is followed, what comes."""
    until = asked.until.offset if isinstance(asked.until, AtOffset) else None
    within = bounds if asked.until_ms is None else _before(source, asked.until_ms, bounds)
    spans = [span for span in spans_between(begins, within, until) if span.width]
    present = _present(source, topics, spans, asked, told, helpers)
    if isinstance(asked.start, LastRecords):
        yield _newest(present, asked.start.count)
    else:
        yield from present
    if not _goes_on(asked):
        return
    ends = {place: b.end_exclusive for place, b in bounds.items()}
    ends |= {place: begin for place, begin in begins.items() if begin > ends[place]}
    for batch in source.follow(positions(ends)):
        told.tell(batch.notices)
        yield batch.records
        if asked.until_ms is not None and asked.until_ms <= now_ms():
            return


def _before(
    source: Source, time_ms: int, bounds: dict[TopicPartition, PartitionBounds]
) -> dict[TopicPartition, PartitionBounds]:
    """The bounds up to where each partition has records that are older."""
    ends = ends_before(source, time_ms, bounds)
    return {place: replace(b, end_exclusive=ends[place]) for place, b in bounds.items()}


def _goes_on(asked: Asked) -> bool:
    """Whether what comes is wanted after what is there: always, or until a time still to come."""
    if not asked.follow:
        return False
    return asked.until is None or (asked.until_ms is not None and asked.until_ms > now_ms())


def _present(
    source: Source,
    topics: Sequence[TopicInfo],
    spans: Sequence[Span],
    asked: Asked,
    told: Told,
    helpers: Helpers | None,
) -> Iterator[Sequence[Record]]:
    if asked.bytes == EVERYTHING:
        offsets = sum(span.width for span in spans)
        is_bulk = min(offsets, offsets if asked.limit is None else asked.limit) > _FEW
        if is_bulk:
            yield from in_bulk(source, spans, told, helpers)
            return
        for batch in source.read(spans):
            told.tell(batch.notices)
            yield batch.records
        return
    found = 0
    with SearchProgress() as progress:
        for step in _search(source, topics, spans, asked):
            found += len(step.records)
            progress.show(step, found)
            if step.records or step.notices:
                progress.clear()
            told.tell([notice for notice in step.notices if notice.is_loss])
            yield step.records


def in_bulk(
    source: Source, spans: Sequence[Span], told: Told, helpers: Helpers | None = None
) -> Iterator[Sequence[Record]]:
    """All records of the spans but those that helpers print, who are waited for."""
    own = spans if helpers is None else helpers.share(spans)
    for batch in found_in(source, EVERYTHING, own):
        told.tell(batch.notices)
        if helpers is not None:
            helpers.check(told)
        yield batch.records
    if helpers is not None:
        helpers.wait(told)


def _search(
    source: Source, topics: Sequence[TopicInfo], spans: Sequence[Span], asked: Asked
) -> Iterator[SearchStep]:
    sought = asked.bytes
    if sought.keys is None:
        return find_texts(source, sought.texts, spans)
    everywhere = asked.everywhere or asked.partitions is not None
    return find_keys(source, sought.keys, topics, spans, texts=sought.texts, everywhere=everywhere)


def _newest(batches: Iterator[Sequence[Record]], count: int) -> Sequence[Record]:
    """The newest of all partitions, by time; within one its own order stays."""
    by_partition: dict[TopicPartition, list[Record]] = {}
    for records in batches:
        for record in records:
            by_partition.setdefault(record.position.topic_partition, []).append(record)
    merged = heapq.merge(*by_partition.values(), key=lambda record: record.timestamp_ms or 0)
    return list(merged)[-count:] if count else []
