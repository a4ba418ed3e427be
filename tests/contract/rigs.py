"""For each kind of source: how a test makes topics in it and puts records there."""

import uuid
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Protocol

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from readers.kafka import KafkaSource
from readers.kafka_writer import KafkaSink
from readers.record import Record, TopicPartition
from readers.recording import RecordingSink, RecordingSource
from readers.source import NewTopic, OnceWriter, Source
from tests.broker.broker import Broker
from tests.fakes import FakeSink, FakeSource
from tests.waiting import wait_until

ANY_TIMESTAMP: Mapping[str, str] = {
    "retention.ms": "-1",
    "message.timestamp.after.max.ms": str(2**63 - 1),
    "message.timestamp.before.max.ms": str(2**63 - 1),
}
"""What a topic needs so that a broker takes records of any time, and keeps them."""


class Rig(Protocol):
    """A place of one kind that a test fills, and reads as a source."""

    def topic(self, partitions: int = 1) -> str:
        """Make an empty topic with a name of its own."""
        ...

    def append(self, records: Iterable[Record]) -> None:
        """Append the records as they are, to their own partitions; their offsets are ignored."""
        ...

    def open(self) -> Source:
        """A source on the place; the rig closes it."""
        ...

    def once(self, name: str, progress_at: TopicPartition) -> OnceWriter:
        """The write of this name, as another start of kstory would make it."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


def await_settled(source: Source, topics: Iterable[str]) -> None:
    """Wait until no transaction is open there: a commit is answered before it is seen."""
    names = tuple(topics)

    def is_settled() -> bool:
        ends = [each for info in source.topics(names) for each in info.partitions]
        return all(each.end_exclusive == each.high_watermark for each in ends)

    wait_until(is_settled)


def committed(source: Source, topic: str) -> list[Record]:
    """All of a topic, once no transaction is open."""
    await_settled(source, [topic])
    (info,) = source.topics([topic])
    return [each for batch in source.read(info.spans) for each in batch.records]


def _topic_name() -> str:
    return f"events-{uuid.uuid4().hex[:12]}"


class KafkaRig:
    """Topics of their own on the broker that all tests share."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._sink = KafkaSink(broker.bootstrap, {})
        self._producer = Producer(
            {
                "bootstrap.servers": broker.bootstrap,
                "enable.idempotence": True,
                "message.max.bytes": 40_000_000,
                "allow.auto.create.topics": False,
                "log_level": 0,
            }
        )
        self._opened: list[KafkaSource | KafkaSink] = []

    def topic(
        self,
        partitions: int = 1,
        config: Mapping[str, str] = ANY_TIMESTAMP,
        name: str | None = None,
    ) -> str:
        name = name or _topic_name()
        self._sink.create_topics([NewTopic(name, partitions, config)])
        return name

    def delete_topic(self, name: str) -> None:
        """Delete it, and wait until it is gone."""
        admin = AdminClient({"bootstrap.servers": self._broker.bootstrap, "log_level": 0})
        admin.delete_topics([name])[name].result(30)
        source = self.open()
        wait_until(lambda: not source.topics([name]))

    def append(self, records: Iterable[Record]) -> None:
        # librdkafka takes the timestamp 0 as "now"; the Java client writes what it is told.
        for by_java, part in groupby(records, lambda record: record.timestamp_ms == 0):
            if by_java:
                self._broker.produce_with_java(list(part))
            else:
                self._produce(part)

    def _produce(self, records: Iterable[Record]) -> None:
        errors: list[object] = []
        for record in records:
            self._producer.produce(
                record.topic,
                record.value,
                record.key,
                record.partition,
                lambda error, _: errors.append(error) if error else None,
                timestamp=-1 if record.timestamp_ms is None else record.timestamp_ms,
                headers=list(record.headers),
            )
        assert self._producer.flush(60) == 0
        assert not errors

    def open(self) -> KafkaSource:
        source = KafkaSource(self._broker.bootstrap, {})
        self._opened.append(source)
        return source

    def once(self, name: str, progress_at: TopicPartition) -> OnceWriter:
        sink = KafkaSink(self._broker.bootstrap, {})
        self._opened.append(sink)
        return sink.once(name, progress_at)

    def close(self) -> None:
        for source in self._opened:
            source.close()
        self._sink.close()


class RecordingRig:
    """A file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "contract.kstory"
        self._sink = RecordingSink(self._path)
        self._opened: list[RecordingSource] = []

    def topic(self, partitions: int = 1) -> str:
        name = _topic_name()
        self._sink.create_topics([NewTopic(name, partitions, {})])
        return name

    def append(self, records: Iterable[Record]) -> None:
        self._sink.write(list(records))

    def open(self) -> RecordingSource:
        source = RecordingSource(self._path)
        self._opened.append(source)
        return source

    def once(self, name: str, progress_at: TopicPartition) -> OnceWriter:
        return self._sink.once(name, progress_at)

    def close(self) -> None:
        for source in self._opened:
            source.close()
        self._sink.close()


class MemoryRig:
    """The fake that other tests use: what it does has to be what real sources do."""

    def __init__(self) -> None:
        self._source = FakeSource()
        self._ends: dict[tuple[str, int], int] = {}

    def topic(self, partitions: int = 1) -> str:
        name = _topic_name()
        self._source.add_topic(name, partitions)
        return name

    def append(self, records: Iterable[Record]) -> None:
        for record in records:
            place = (record.topic, record.partition)
            offset = self._ends.get(place, 0)
            self._ends[place] = offset + 1
            self._source.add(record._replace(offset=offset))

    def open(self) -> FakeSource:
        return self._source

    def once(self, name: str, progress_at: TopicPartition) -> OnceWriter:
        return FakeSink(self._source).once(name, progress_at)

    def close(self) -> None:
        self._source.close()
