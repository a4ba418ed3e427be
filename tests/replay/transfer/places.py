"""Sources that a test of moving records fills and reads, of both kinds."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass

from readers.opening import open_sink, open_source
from readers.profiles import SourceSpec
from readers.record import Record
from readers.recording_sink import RecordingSink
from readers.source import NewTopic, Source
from replay.ranges import Beginning
from replay.transfer.picks import Picks, Selection, select
from tests.contract.rigs import ANY_TIMESTAMP, KafkaRig, await_settled


@dataclass(frozen=True)
class Place:
    """A source, and how a test puts records into it as they are."""

    spec: SourceSpec
    rig: KafkaRig | None = None

    def fill(self, topic: str, records: Sequence[Record], partitions: int = 2) -> None:
        with closing(open_sink(self.spec)) as sink:
            config = ANY_TIMESTAMP if self.rig else {}
            sink.create_topics([NewTopic(topic, partitions, config)])
            if self.rig is None:
                sink.write(records)
        if self.rig is not None:
            self.rig.append(records)

    def all_of(self, *topics: str) -> list[Record]:
        with closing(open_source(self.spec)) as source:
            return everything(source, topics)


def everything(source: Source, topics: Iterable[str] | None = None) -> list[Record]:
    """All committed records, by topic, partition and offset."""
    names = tuple(topics) if topics is not None else [each.name for each in source.topics()]
    await_settled(source, names)
    infos = source.topics(names)
    spans = [span for topic in infos for span in topic.spans]
    found = [record for batch in source.read(spans) for record in batch.records]
    return sorted(found, key=lambda record: record[:3])


def whole(source: Source, *topics: str, picks: Picks | None = None) -> Selection:
    """All of these topics."""
    return select(
        source,
        source.topics(topics),
        picks or Picks(),
        start=Beginning(),
        until=None,
        asked={"topics": sorted(topics)},
    )


def recorded(path: object, topic: str, records: Sequence[Record], partitions: int = 2) -> None:
    """A recording with these records at their own offsets."""
    with closing(RecordingSink(str(path))) as sink:
        sink.create_topics([NewTopic(topic, partitions, {})])
        sink.store(records)
