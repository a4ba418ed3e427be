"""Which offsets a reader means by beginning, end, the last N, an offset or a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from readers.record import Position, Span, TopicPartition
from readers.source import PartitionBounds, Source, TopicInfo


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first offset that is still kept."""


@dataclass(frozen=True, slots=True)
class End:
    """Where each partition ends now."""


@dataclass(frozen=True, slots=True)
class LastRecords:
    """So many before the end, in each partition; the caller keeps the newest of all."""

    count: int


@dataclass(frozen=True, slots=True)
class AtOffset:
    """The same offset in every partition."""

    offset: int


@dataclass(frozen=True, slots=True)
class AtTime:
    """The first record of each partition that is not older."""

    time_ms: int


Point: TypeAlias = Beginning | End | LastRecords | AtOffset | AtTime


def choose_partitions(
    topics: Sequence[TopicInfo], partitions: Collection[int] | None
) -> dict[TopicPartition, PartitionBounds]:
    """The bounds of every partition of the topics, or of those with these numbers."""
    return {
        TopicPartition(topic.name, bounds.partition): bounds
        for topic in topics
        for bounds in topic.partitions
        if partitions is None or bounds.partition in partitions
    }


def starts(
    source: Source, bounds: dict[TopicPartition, PartitionBounds], point: Point
) -> dict[TopicPartition, int]:
    """The offset at which each partition is begun; never outside what is kept."""
    match point:
        case Beginning():
            return {place: b.start for place, b in bounds.items()}
        case End():
            return {place: b.end_exclusive for place, b in bounds.items()}
        case LastRecords(count):
            return {place: max(b.start, b.end_exclusive - count) for place, b in bounds.items()}
        case AtOffset(offset):
            return {
                place: min(max(b.start, offset), b.end_exclusive) for place, b in bounds.items()
            }
        case AtTime(time_ms):
            return source.offsets_at(time_ms, bounds)
        case _:
            assert_never(point)


def spans_between(
    begins: dict[TopicPartition, int],
    bounds: dict[TopicPartition, PartitionBounds],
    until_offset: int | None = None,
) -> list[Span]:
    """From each start to the partition's end, or to this offset where that comes first."""
    return [
        Span(
            place.topic,
            place.partition,
            begin,
            bounds[place].end_exclusive
            if until_offset is None
            else min(until_offset, bounds[place].end_exclusive),
        )
        for place, begin in begins.items()
    ]


def positions(offsets: dict[TopicPartition, int]) -> list[Position]:
    """Offsets by partition, as positions."""
    return [Position(place.topic, place.partition, offset) for place, offset in offsets.items()]
