"""Which partitions a key can be in: predicted by hash, and checked on the topic's own records."""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias, TypeGuard

from readers.partitioners import java_partition, librdkafka_partition, partitions_of
from readers.record import Span
from readers.scanning import found_in
from readers.source import Source, TopicInfo
from readers.wanted import EVERYTHING

SAMPLE_RECORDS = 2_000
"""Looked at of a topic before its partitioner is believed."""
_FEWEST_KEYS = 20
"""With fewer keys nothing is believed: a key or two lie in the right partition by chance."""
_PARTITIONS_SAMPLED = 12
_SAMPLE_BYTES = 32_000_000
_WORTH_OFFSETS = 2 * SAMPLE_RECORDS
"""So few offsets are searched rather than spared."""

Placed: TypeAlias = tuple[bytes, int]
"""A key, and the partition it lies in."""
Partitioner: TypeAlias = Callable[[bytes, int], int]
_PARTITIONERS: Mapping[str, Partitioner] = {
    "murmur2, as Java's": java_partition,
    "CRC32, as librdkafka's": librdkafka_partition,
}


@dataclass(frozen=True, slots=True)
class KeyPlaces:
    """Where keys are to be searched.

    Attributes:
        first, rest: spans that are likely to hold them, and those that may.
        said: why others are left out; empty where none are.
    """

    first: tuple[Span, ...]
    rest: tuple[Span, ...]
    said: str = ""

    @property
    def spans(self) -> tuple[Span, ...]:
        """All that is to be searched."""
        return self.first + self.rest


@dataclass(frozen=True, slots=True)
class Verified:
    """A partitioner that put every sampled record where it lies.

    Attributes:
        sampled: the keyed records that were looked at.
        ends: of each partition, as the topic was when it was sampled.
    """

    name: str
    sampled: int
    ends: Mapping[int, int] = field(default_factory=dict)

    def partition(self, key: bytes, partition_count: int) -> int:
        """Where it puts a key."""
        return _PARTITIONERS[self.name](key, partition_count)


class KeepsPartitioners(Protocol):
    """A source that remembers which partitioners were verified."""

    def kept_partitioner(self, topic: TopicInfo) -> Verified | None:
        """The one that explained the topic when it had as many partitions as now."""
        ...

    def keep_partitioner(self, topic: TopicInfo, verified: Verified) -> None:
        """Remember it."""
        ...


def key_places(
    source: Source,
    keys: Collection[bytes | None],
    topics: Sequence[TopicInfo],
    spans: Sequence[Span],
    *,
    everywhere: bool,
) -> Generator[None, None, KeyPlaces]:
    """Find out, step by step, where these keys are to be searched in the spans.

    A null or empty key can be anywhere; so can each key of a topic whose records are not where
    one of the usual partitioners puts them, oldest and newest alike.
    """
    first: list[Span] = []
    rest: list[Span] = []
    said: list[str] = []
    for topic in topics:
        mine = [span for span in spans if span.topic == topic.name]
        likely = {number for key in keys for number in partitions_of(key, len(topic.partitions))}
        others = [span for span in mine if span.partition not in likely and span.width]
        verified = None
        spared = sum(span.width for span in others)
        if spared > _WORTH_OFFSETS and not everywhere and all(keys):
            verified = yield from verify_partitioner(source, topic)
        if verified is None:
            first += [span for span in mine if span.partition in likely]
            rest += [span for span in mine if span.partition not in likely]
            continue
        sure = {verified.partition(key, len(topic.partitions)) for key in keys if key}
        first += [span for span in mine if span.partition in sure]
        said.append(_said(topic.name, sure, verified))
    return KeyPlaces(tuple(first), tuple(rest), " ".join(said))


def verify_partitioner(source: Source, topic: TopicInfo) -> Generator[None, None, Verified | None]:
    """Find the usual partitioner that explains where a sample of the topic's records lie, or None.

    None too where a partition cannot be read: how many there are is then not known for sure.
    Of a topic for which one is remembered only newer records are sampled.
    """
    if not _is_whole(topic):
        return None
    keeper = source if _keeps_partitioners(source) else None
    kept = keeper.kept_partitioner(topic) if keeper else None
    verified = (yield from _verified_since(source, topic, kept)) if kept else None
    verified = verified or (yield from _verified(source, topic))
    if keeper and verified and verified != kept:
        keeper.keep_partitioner(topic, verified)
    return verified


def _keeps_partitioners(source: object) -> TypeGuard[KeepsPartitioners]:
    return hasattr(source, "kept_partitioner")


def _verified(source: Source, topic: TopicInfo) -> Generator[None, None, Verified | None]:
    placed = yield from _sample(source, topic.spans)
    if len({key for key, _ in placed}) < _FEWEST_KEYS:
        return None
    for name in _PARTITIONERS:
        if _explains(name, topic, placed):
            return Verified(name, len(placed), _ends(topic))
    return None


def _verified_since(
    source: Source, topic: TopicInfo, kept: Verified
) -> Generator[None, None, Verified | None]:
    """The same one, if it explains what came since too."""
    newer = [
        Span(*span.topic_partition, max(span.start, begin), span.end_exclusive)
        for span in topic.spans
        if span.end_exclusive > (begin := kept.ends.get(span.partition, span.start))
    ]
    placed = yield from _sample(source, newer)
    if kept.name not in _PARTITIONERS or not _explains(kept.name, topic, placed):
        return None
    return Verified(kept.name, kept.sampled + len(placed), _ends(topic))


def _explains(name: str, topic: TopicInfo, placed: Sequence[Placed]) -> bool:
    count = len(topic.partitions)
    partitioner = _PARTITIONERS[name]
    return all(partitioner(key, count) == partition for key, partition in placed)


def _ends(topic: TopicInfo) -> dict[int, int]:
    return {bounds.partition: bounds.end_exclusive for bounds in topic.partitions}


def _sample(source: Source, of: Sequence[Span]) -> Generator[None, None, list[Placed]]:
    """Where some of the oldest and some of the newest keys in the spans lie, in several partitions.

    The first partition is always among them: a topic that got more partitions had them all there,
    or in the first few. Fewer are looked at where records are large.
    """
    spans = [span for span in of if span.width]
    step = max(1, len(spans) // _PARTITIONS_SAMPLED)
    chosen = spans[::step][:_PARTITIONS_SAMPLED]
    each = SAMPLE_RECORDS // max(1, 2 * len(chosen))
    placed: list[Placed] = []
    size = 0
    ends = [end for span in chosen for end in _ends_of(span, each)]
    with closing(found_in(source, EVERYTHING, ends)) as batches:
        for batch in batches:
            placed += [(found.key, found.partition) for found in batch.records if found.key]
            size += sum(found.size_bytes for found in batch.records)
            if size > _SAMPLE_BYTES:
                break
            yield
    return placed


def _ends_of(span: Span, count: int) -> Iterator[Span]:
    """The first and the last so many offsets of a span, or all of it."""
    if span.width <= 2 * count:
        yield span
        return
    yield replace(span, end_exclusive=span.start + count)
    yield replace(span, start=span.end_exclusive - count)


def _is_whole(topic: TopicInfo) -> bool:
    numbers = [bounds.partition for bounds in topic.partitions]
    return topic.error is None and numbers == list(range(len(numbers)))


def _said(topic: str, partitions: Collection[int], verified: Verified) -> str:
    numbers = ", ".join(map(str, sorted(partitions)))
    which = f"partition {numbers}" if len(partitions) == 1 else f"partitions {numbers}"
    return (
        f"{topic}: only {which} can hold the key ({verified.name}; "
        f"verified on {verified.sampled:,} records)."
    )
