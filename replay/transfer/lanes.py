"""A range of many partitions read in a story's order, with memory that does not grow with it."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any, cast

from readers.record import Record, Span, TopicPartition
from readers.source import Notice, NoticeKind, Source
from replay.event import Event
from replay.order import merge
from replay.transfer.picks import Picks

_PAGE_OFFSETS = 1_000
_BUDGET_BYTES = 64 * 1024 * 1024
_THE_END = frozenset({NoticeKind.DELETED, NoticeKind.DENIED})


class Lanes:
    """Reads each partition a page ahead, all that run low together: a source has one reader.

    Attributes:
        notices: what the source said besides records, as it came.
    """

    def __init__(self, source: Source, spans: Sequence[Span]) -> None:
        self._source = source
        self._spans = [span for span in spans if span.width]
        self._ends = {span.topic_partition: span.end_exclusive for span in self._spans}
        self._at = {span.topic_partition: span.start for span in self._spans}
        self._ready: dict[TopicPartition, deque[Record]] = {p: deque() for p in self._at}
        self._pages = dict.fromkeys(self._at, _PAGE_OFFSETS)
        self._bytes = 0
        self.notices: list[Notice] = []

    def events(self, picks: Picks) -> Iterator[Event]:
        """The wanted events in a story's order; the same ones each time of the same records."""
        return (event for event in self.all_events(picks.event) if picks.holds_event(event))

    def all_events(self, read: Callable[[Record], Event]) -> Iterator[Event]:
        """All of them, wanted or not; `read` tells what a record says."""
        return merge([map(read, self._records(place)) for place in sorted(self._at)])

    def _records(self, place: TopicPartition) -> Iterator[Record]:
        ready = self._ready[place]
        while ready or self._at[place] < self._ends[place]:
            if not ready:
                self._fill(place)
                continue
            record = ready.popleft()
            self._bytes -= record.size_bytes
            yield record

    def _fill(self, needed: TopicPartition) -> None:
        """Read a page of what runs low; where much lies ready, only of what is needed now."""
        is_full = self._bytes >= _BUDGET_BYTES
        low = [
            place
            for place, ready in self._ready.items()
            if place == needed or (not is_full and len(ready) < _PAGE_OFFSETS // 2)
        ]
        spans = [self._page(place) for place in low if self._at[place] < self._ends[place]]
        empty = set(low)
        # Every reader of ours is a generator: closing it lets go of what it has under way.
        with closing(cast(Any, self._source.read(spans))) as batches:
            for batch in batches:
                self._hear(batch.notices)
                for record in batch.records:
                    place = TopicPartition(record.topic, record.partition)
                    self._ready[place].append(record)
                    self._bytes += record.size_bytes
                    empty.discard(place)
                for place, offset in batch.reached.items():
                    self._at[place] = max(self._at[place], offset)
                if self._bytes >= _BUDGET_BYTES and (self._ready[needed] or len(spans) > 1):
                    return
        for span in spans:  # of a partition that ended, or may not be read, nothing more comes
            place = span.topic_partition
            self._at[place] = max(self._at[place], span.end_exclusive)
            # Where compaction or retention left nothing, pages of a few offsets would never end.
            self._pages[place] = 2 * self._pages[place] if place in empty else _PAGE_OFFSETS

    def _hear(self, notices: Sequence[Notice]) -> None:
        """Keep them; of a partition that is gone, or may not be read, nothing more is asked."""
        self.notices += notices
        for notice in notices:
            if notice.kind in _THE_END:
                gone = [p for p in self._at if p.topic == notice.topic]
                if notice.kind is NoticeKind.DENIED:
                    gone = [p for p in gone if p.partition == notice.partition]
                self._ends |= {place: self._at[place] for place in gone}

    def _page(self, place: TopicPartition) -> Span:
        at = self._at[place]
        return Span(*place, at, min(at + self._pages[place], self._ends[place]))
