"""A range of a source as a film: what the player's clock has not told yet is not there yet."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, cast

from readers.errors import SourceError, SourceRefused
from readers.record import Position, Record, Span, TopicPartition
from readers.source import Batch, Connection, Source, TopicInfo
from replay.event import Event
from replay.player import MAX_SPEED, Schedule, StoryClock, next_speed
from replay.transfer.lanes import Lanes
from replay.transfer.picks import Selection
from replay.transfer.sending import Due

_CATCH_UP_S = 0.1
"""So long a call tells what is due; at a high speed the rest comes at the next one."""
_IDLE_S = 0.05
_FINDING = frozenset({"read_key", "scan"})
_BATCH_RECORDS = 2_000


class FilmClock:
    """A film's time, and how far it was told; any thread may call it.

    Attributes:
        rate: so many records a second; None keeps their own pace, scaled by the speed.
        told: how many records were told.
        looked_at: of how many that were read.
        ended: whether that was all.
    """

    def __init__(self, pace: StoryClock, rate: float | None = None) -> None:
        """Take over a clock that stands; it passes from the first record on."""
        self._pace = pace
        self._lock = threading.Lock()
        self._begun = self._is_held = False
        self._next_ms: float | None = None
        self._told_ms: int | None = None
        self.rate = rate
        self.told = self.looked_at = 0
        self.ended = False

    # For who watches.

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return not self.ended and not self._is_held

    @property
    def speed(self) -> float:
        """How many times as fast as it was."""
        return self._pace.speed

    def change_speed(self, by: int) -> None:
        """Take one of the next speeds, or of those before."""
        with self._lock:
            self._pace.speed = next_speed(self._pace.speed, by)

    def toggle(self) -> None:
        """Pause, or go on."""
        with self._lock:
            self._is_held = not self._is_held
            if self._is_held:
                self._pace.pause()
            elif self._begun and not self.ended:
                self._pace.play()

    def skip(self) -> None:
        """Go to the next record at once, over the silence before it; also while it is paused."""
        with self._lock:
            if self._next_ms is not None and self._next_ms > self._pace.at_ms:
                self._pace.move_to(self._next_ms)

    def now_ms(self) -> int | None:
        """The time in the film, in ms since the epoch: what is later is not there yet.

        None before the first record that has a time.
        """
        with self._lock:
            if self._told_ms is None or self._next_ms is None:
                return self._told_ms
            if self.rate is not None or self.speed == MAX_SPEED:
                return self._told_ms
            return max(self._told_ms, int(min(self._pace.at_ms, self._next_ms)))

    @property
    def is_behind(self) -> bool:
        """Whether it is not known yet which record is the next, or that one is overdue."""
        with self._lock:
            if self.ended:
                return False
            return self._next_ms is None or self._pace.wait_s(self._next_ms) == 0.0

    def wait_s(self) -> float | None:
        """How long until the next record is due; None where none comes by itself."""
        with self._lock:
            if not self._pace.playing or self._next_ms is None:
                return None
            return self._pace.wait_s(self._next_ms)

    # For the source that tells.

    def is_due(self, due_ms: float) -> bool:
        """Whether the record that is due then, the next one, is to be told; the first one is."""
        with self._lock:
            self._next_ms = due_ms
            if not self._begun:
                self._begun = True
                self._pace.move_to(due_ms)
                if not self._is_held:
                    self._pace.play()
            return self._pace.wait_s(due_ms) == 0.0

    def tell(self, time_ms: int | None) -> None:
        """It is told."""
        with self._lock:
            self.told += 1
            if self.speed == MAX_SPEED and self._next_ms is not None:
                self._pace.move_to(self._next_ms)  # there the clock does not go by itself
            self._next_ms = None
            if time_ms is not None:
                self._told_ms = max(self._told_ms or time_ms, time_ms)

    def end(self) -> None:
        """Nothing more comes."""
        with self._lock:
            self.ended, self._next_ms = True, None
            self._pace.pause()


class FilmSource:
    """A `Source` of the records that a selection picks, and of what lies before its range.

    Each partition ends where the story was told to; each call goes on telling what is due. Topics
    that the selection does not name are not there.
    """

    def __init__(self, source: Source, selection: Selection, clock: FilmClock) -> None:
        """Take over a source in the thread that reads it."""
        self._source = source
        self._clock = clock
        self._picks = selection.picks
        self._topics = frozenset(topic.name for topic in selection.topics)
        self._spans = {span.topic_partition: span for span in selection.spans}
        self._ends = {place: span.start for place, span in self._spans.items()}
        self._schedule = Schedule(rate=clock.rate)
        self._events: Iterator[Event] | None = None
        self._next: Due[Event] | None = None
        self._last_ms: dict[str, int] = {}

    @property
    def name(self) -> str:
        """That of its source."""
        return self._source.name

    @property
    def cluster_id(self) -> str:
        """That of its source."""
        return self._source.cluster_id

    def topics(self, names: Collection[str] | None = None) -> tuple[TopicInfo, ...]:
        """The film's topics, as they are by now."""
        self.tell_what_is_due()
        wanted = self._topics if names is None else self._topics.intersection(names)
        return tuple(map(self._by_now, self._source.topics(wanted)))

    def offsets_at(
        self, time_ms: int, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, int]:
        """As of its source, but none behind what was told."""
        found = self._source.offsets_at(time_ms, partitions)
        return {place: min(at, self._end(place)) for place, at in found.items()}

    def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
        """What the film has of the spans.

        Raises:
            SourceRefused: it does not play one of the partitions.
        """
        return self._of_film(self._source.read(self._until_now(spans)))

    def follow(self, starts: Sequence[Position]) -> Iterator[Batch]:
        """What is told, as it is, in the order of time; never ends.

        Raises:
            SourceRefused: it does not play one of the partitions.
        """
        at = {start.topic_partition: start.offset for start in starts}
        for place in at:
            self._end(place)
        while True:
            self.tell_what_is_due()
            spans = [
                Span(*place, offset, self._ends[place])
                for place, offset in at.items()
                if offset < self._ends[place]
            ]
            if spans:
                for batch in self._merged(spans):
                    at |= batch.reached
                    yield batch
            else:
                time.sleep(_IDLE_S)
                yield Batch()

    def connection(self) -> Connection:
        """That of its source."""
        return self._source.connection()

    def close(self) -> None:
        """Let go of its source."""
        self._source.close()

    def __getattr__(self, name: str) -> Any:
        """Finding records, where its source can."""
        if name not in _FINDING:
            raise AttributeError(name)
        find: Callable[..., Iterator[Batch]] = getattr(self._source, name)
        return lambda wanted, spans: self._of_film(find(wanted, self._until_now(spans)))

    def tell_what_is_due(self) -> bool:
        """Go on for a tenth of a second at most; whether that was too short."""
        until_s = time.monotonic() + _CATCH_UP_S
        while not self._clock.ended:
            if self._next is None:
                self._look_at_next()
            elif self._clock.is_due(self._next.due_ms):
                self._tell(self._next.what)
                self._next = None
            else:
                return False
            if time.monotonic() > until_s:
                return True
        return False

    def _look_at_next(self) -> None:
        """Whether the next record is one to be told; after the last the film ends."""
        if self._events is None:
            self._events = self._untold()
        try:
            event = next(self._events, None)
        except SourceError:  # what raised gives nothing more
            self._events = None
            raise
        if event is None:
            self._ends = {
                place: max(span.start, span.end_exclusive) for place, span in self._spans.items()
            }
            self._clock.end()
            return
        self._clock.looked_at += 1
        if self._picks.holds_event(event):
            self._next = Due(event, self._schedule.due_ms(event.time_ms))

    def _untold(self) -> Iterator[Event]:
        """All that may still be to be told, read anew; of a topic that is gone nothing comes."""
        there = {topic.name for topic in self._source.topics(self._topics)}
        spans = [
            replace(span, start=self._ends[place])
            for place, span in self._spans.items()
            if place.topic in there
        ]
        return Lanes(self._source, spans).all_events(self._picks.event)

    def _tell(self, event: Event) -> None:
        record = event.record
        self._ends[event.position.topic_partition] = record.offset + 1
        if record.timestamp_ms is not None:
            last_ms = self._last_ms.get(record.topic, record.timestamp_ms)
            self._last_ms[record.topic] = max(last_ms, record.timestamp_ms)
        self._clock.tell(event.time_ms)

    def _merged(self, spans: Sequence[Span]) -> Iterator[Batch]:
        """What the film has of the spans in the order of time, however much that is."""
        lanes = Lanes(self._source, spans)
        records: list[Record] = []
        reached: dict[TopicPartition, int] = {}
        for count, event in enumerate(lanes.all_events(self._picks.event), 1):
            reached[event.position.topic_partition] = event.position.offset + 1
            if self._is_of_film(event.record):
                records.append(event.record)
            if count % _BATCH_RECORDS == 0:
                yield _batch(records, reached, lanes)
        reached |= {span.topic_partition: span.end_exclusive for span in spans}
        yield _batch(records, reached, lanes)

    def _until_now(self, spans: Sequence[Span]) -> list[Span]:
        ends = [min(span.end_exclusive, self._end(span.topic_partition)) for span in spans]
        return [
            replace(span, end_exclusive=max(span.start, end))
            for span, end in zip(spans, ends, strict=True)
        ]

    def _of_film(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        with closing(cast(Any, batches)):
            for batch in batches:
                yield replace(batch, records=tuple(filter(self._is_of_film, batch.records)))

    def _is_of_film(self, record: Record) -> bool:
        span = self._spans[TopicPartition(record.topic, record.partition)]
        return record.offset < span.start or self._picks.holds(record)

    def _end(self, place: TopicPartition) -> int:
        try:
            return self._ends[place]
        except KeyError:
            raise SourceRefused(f"{place} is not played.") from None

    def _by_now(self, topic: TopicInfo) -> TopicInfo:
        bounds = []
        for each in topic.partitions:
            place = TopicPartition(topic.name, each.partition)
            if place not in self._ends:  # added since: nothing of it is played
                continue
            end = max(each.start, min(self._ends[place], each.end_exclusive))
            bounds.append(replace(each, end_exclusive=end, high_watermark=end))
        last_ms = self._last_ms.get(topic.name)
        return replace(topic, partitions=tuple(bounds), size_bytes=None, last_write_ms=last_ms)


def _batch(records: list[Record], reached: dict[TopicPartition, int], lanes: Lanes) -> Batch:
    """What was gathered, which is let go of."""
    made = Batch(tuple(records), dict(reached), tuple(lanes.notices))
    records.clear()
    reached.clear()
    lanes.notices.clear()
    return made
