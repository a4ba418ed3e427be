"""What was moved, and what was not: kept with the records, so that nobody takes a part for all."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from readers.record import Record, Span, TopicPartition
from readers.source import Batch, TopicInfo
from replay.story_cuts import holes_of
from replay.transfer.picks import Selection

VERSION = 1


@dataclass(frozen=True, slots=True)
class PartitionRange:
    """What was read of one partition.

    Attributes:
        kept_from, kept_until: what the source had when it began; earlier offsets are gone.
        start, reached: what was asked for, and up to where it was read, not including `reached`.
        records: how many of them were wanted and were moved.
    """

    partition: int
    kept_from: int
    kept_until: int
    start: int
    reached: int
    records: int = 0


@dataclass(frozen=True, slots=True)
class TopicPart:
    """A topic with what was read of it; `config` is what the source tells of its configuration."""

    topic: str
    topic_id: str | None
    config: Mapping[str, str]
    ranges: tuple[PartitionRange, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The account of a move.

    Attributes:
        asked: the choice as it was typed.
        lost: what the source said of records that could not be read, a sentence each.
        finished: everything that was asked for was read.
    """

    source: str
    cluster_id: str
    asked: Mapping[str, object]
    topics: tuple[TopicPart, ...]
    lost: tuple[str, ...] = ()
    finished: bool = False

    @property
    def records(self) -> int:
        """How many were moved."""
        return sum(part.records for topic in self.topics for part in topic.ranges)


@dataclass(slots=True)
class Account:
    """Counts what is read and moved, from which a manifest can be made at any time."""

    manifest: Manifest
    _ranges: dict[TopicPartition, PartitionRange] = field(default_factory=dict)
    _lost: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lost.extend(self.manifest.lost)
        for topic in self.manifest.topics:
            for part in topic.ranges:
                self._ranges[TopicPartition(topic.topic, part.partition)] = part

    @property
    def records(self) -> int:
        """How many were moved."""
        return sum(part.records for part in self._ranges.values())

    def reached(self, place: TopicPartition) -> int:
        """Up to where a partition was read."""
        return self._ranges[place].reached

    def read(self, batch: Batch) -> None:
        """Take note of how far a step came, and of what it could not read."""
        for place, offset in batch.reached.items():
            part = self._ranges.get(place)
            if part is not None and offset > part.reached:
                self._ranges[place] = replace(part, reached=offset)
        self._lost.extend(notice.text for notice in batch.notices if notice.is_loss)

    def moved(self, records: Iterable[Record]) -> None:
        """So many of each partition were wanted."""
        for place, count in Counter(map(_place, records)).items():
            part = self._ranges[TopicPartition(*place)]
            self._ranges[TopicPartition(*place)] = replace(part, records=part.records + count)

    def told(self, *, finished: bool) -> Manifest:
        """The account as it stands."""
        topics = tuple(
            replace(topic, ranges=tuple(self._of(topic.topic, part) for part in topic.ranges))
            for topic in self.manifest.topics
        )
        lost = tuple(dict.fromkeys(self._lost))
        return replace(self.manifest, topics=topics, lost=lost, finished=finished)

    def _of(self, topic: str, part: PartitionRange) -> PartitionRange:
        return self._ranges[TopicPartition(topic, part.partition)]


_place = attrgetter("topic", "partition")


def manifest_of(name: str, cluster_id: str, selection: Selection) -> Manifest:
    """The manifest of a selection of which nothing was read yet.

    What is read may be a recording that was made of a part itself; that counts as lost.
    """
    spans = {span.topic_partition: span for span in selection.spans}
    parts = tuple(_part(topic, spans) for topic in selection.topics)
    asked = selection.asked.get("keys")
    keys = tuple(map(str, asked)) if isinstance(asked, list) else ()
    holes = (holes_of(topic, keys) for topic in selection.topics)
    lost = tuple(f"{why}." for why in holes if why is not None)
    return Manifest(name, cluster_id, selection.asked, parts, lost)


def _part(topic: TopicInfo, spans: Mapping[TopicPartition, Span]) -> TopicPart:
    ranges = []
    for bounds in topic.partitions:
        start = spans[TopicPartition(topic.name, bounds.partition)].start
        ranges.append(
            PartitionRange(bounds.partition, bounds.start, bounds.end_exclusive, start, start)
        )
    config = {"cleanup.policy": "compact"} if topic.compacted else {}
    return TopicPart(topic.name, topic.topic_id, config, tuple(ranges))


def cuts(manifest: Manifest) -> tuple[str, ...]:
    """What is missing and why, a sentence for each kind of it and topic."""
    said: list[str] = []
    for topic in manifest.topics:
        said += _cuts_of(topic)
    filters = [name for name in ("keys", "stream", "where") if manifest.asked.get(name)]
    if filters:
        said.append(f"Only some of the records were wanted, by {' and '.join(filters)}.")
    if manifest.asked.get("until") is not None:
        said.append(f"What came at or after {manifest.asked['until']} was not wanted.")
    if not manifest.finished:
        said.append("It was stopped before all was read.")
    return (*said, *manifest.lost)


def _cuts_of(topic: TopicPart) -> Sequence[str]:
    gone = sum(part.kept_from for part in topic.ranges)
    before = sum(part.start - part.kept_from for part in topic.ranges)
    after = sum(max(0, part.kept_until - part.reached) for part in topic.ranges)
    said = []
    if gone:
        said.append(f"{topic.topic}: {gone:,} earlier offsets were gone from the source already.")
    if topic.config.get("cleanup.policy") == "compact":
        said.append(f"{topic.topic}: it is compacted, so older records of a key may be gone.")
    if before:
        said.append(f"{topic.topic}: {before:,} offsets before the start were not read.")
    if after:
        said.append(f"{topic.topic}: {after:,} offsets up to its end were not read.")
    return said


def manifest_json(manifest: Manifest) -> dict[str, object]:
    """The manifest as JSON data."""
    return {
        "kstory_manifest": VERSION,
        "source": {"name": manifest.source, "cluster_id": manifest.cluster_id},
        "asked": dict(manifest.asked),
        "topics": [_topic_json(topic) for topic in manifest.topics],
        "records": manifest.records,
        "finished": manifest.finished,
        "cut": list(cuts(manifest)),
        "lost": list(manifest.lost),
    }


def _topic_json(topic: TopicPart) -> dict[str, object]:
    return {
        "topic": topic.topic,
        "topic_id": topic.topic_id,
        "config": dict(topic.config),
        "partitions": len(topic.ranges),
        "ranges": [
            {name: getattr(part, name) for name in PartitionRange.__slots__}
            for part in topic.ranges
        ],
    }


def asked_json(
    *,
    topics: Sequence[str],
    keys: Sequence[str],
    stream: str | None,
    start: str | None,
    until: str | None,
    where: str | None,
) -> dict[str, object]:
    """A choice as it was typed."""
    return {
        "topics": sorted(topics),
        "keys": sorted(keys),
        "stream": stream,
        "from": start,
        "until": until,
        "where": where,
    }
