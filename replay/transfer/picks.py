"""Which records of some topics are meant: everything, keys, a story, a condition, a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from readers.errors import UsageError
from readers.record import Record, Span, TopicPartition
from readers.source import PartitionBounds, Source, TopicInfo
from readers.wanted import EVERYTHING, Wanted
from replay.event import Event
from replay.filters import EventFilter
from replay.locator import text_of_bytes
from replay.ranges import (
    AtOffset,
    AtTime,
    Beginning,
    LastRecords,
    Point,
    choose_partitions,
    spans_between,
    starts,
)
from replay.stream_guess import stream_of_topic
from replay.streams import Stream


class Picks:
    """Tells which records are wanted; those without a timestamp lie before every bound."""

    def __init__(
        self,
        streams: Sequence[Stream] = (),
        *,
        keys: Sequence[bytes] = (),
        whole_story: bool = False,
        until_ms: int | None = None,
        where: EventFilter | None = None,
    ) -> None:
        """Take what was asked.

        Args:
            streams: how each topic's records are read as events.
            keys: of records; none is every key.
            whole_story: the keys are aggregates, wherever their stream finds the id.
            until_ms: the first time that is too late.
            where: a condition that holds.
        """
        self._streams = streams
        self._by_topic: dict[str, Stream] = {}
        self._keys = frozenset(keys)
        self._aggregates = frozenset(map(text_of_bytes, keys)) if whole_story else frozenset()
        self._until_ms = until_ms
        self._where = where

    def event(self, record: Record) -> Event:
        """What the record says by its topic's stream."""
        stream = self._by_topic.get(record.topic)
        if stream is None:
            stream = self._by_topic[record.topic] = stream_of_topic(self._streams, record.topic)
        return stream.event(record)

    @property
    def wanted(self) -> Wanted:
        """What can be said of the records by their bytes: `kept` has to look at what is found."""
        return Wanted(self._keys) if self._keys and not self._aggregates else EVERYTHING

    @property
    def is_everything(self) -> bool:
        """Whether every record is wanted."""
        return not self._keys and self._until_ms is None and self._where is None

    def kept(self, records: Sequence[Record]) -> Sequence[Record]:
        """Those that are wanted."""
        return records if self.is_everything else [each for each in records if self.holds(each)]

    def holds(self, record: Record) -> bool:
        """Whether the record is wanted; it is decoded only where that has to be known."""
        if not self._holds_undecoded(record):
            return False
        return not (self._aggregates or self._where) or self._holds_decoded(self.event(record))

    def holds_event(self, event: Event) -> bool:
        """Whether an event is wanted that `event` gave."""
        return self._holds_undecoded(event.record) and self._holds_decoded(event)

    def _holds_undecoded(self, record: Record) -> bool:
        at_ms = record.timestamp_ms
        if self._until_ms is not None and at_ms is not None and at_ms >= self._until_ms:
            return False
        return not self._keys or bool(self._aggregates) or record.key in self._keys

    def _holds_decoded(self, event: Event) -> bool:
        if self._aggregates and event.aggregate not in self._aggregates:
            return False
        return self._where is None or self._where.matches(event)


@dataclass(frozen=True, slots=True)
class Selection:
    """The records that a command is about.

    Attributes:
        bounds: what the source has of each partition at this moment.
        spans: what is read of each partition, the empty ones too; they end where it ends now.
        asked: what was typed, by option, as it is told afterwards; the same for the same command.
    """

    topics: tuple[TopicInfo, ...]
    bounds: dict[TopicPartition, PartitionBounds]
    spans: tuple[Span, ...]
    picks: Picks
    asked: dict[str, object]

    @property
    def offsets_count(self) -> int:
        """Offsets to be read: an upper bound of the records."""
        return sum(span.width for span in self.spans)


def select(
    source: Source,
    topics: tuple[TopicInfo, ...],
    picks: Picks,
    *,
    start: Point,
    until: Point | None,
    asked: dict[str, object],
) -> Selection:
    """Fix what is read: from `start`, in each partition, to `until` or to where it ends now.

    Raises:
        UsageError: `until` is no end.
    """
    if isinstance(until, Beginning | LastRecords):
        raise UsageError("--until takes end, an offset or a time.")
    bounds = choose_partitions(topics, None)
    begins = starts(source, bounds, start)
    spans = spans_between(begins, bounds, until.offset if isinstance(until, AtOffset) else None)
    return Selection(topics, bounds, tuple(spans), picks, asked)


def until_ms_of(until: Point | None) -> int | None:
    """The time at which it ends, where it is one."""
    return until.time_ms if isinstance(until, AtTime) else None
