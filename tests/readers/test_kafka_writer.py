"""What is written lies where it was said to go, or the error says how much of it does."""

from collections.abc import Iterator

import pytest

from readers.errors import SourceError, SourceRefused, UsageError
from readers.kafka import KafkaSource
from readers.kafka_writer import KafkaSink
from readers.record import Position, Record
from readers.source import NewTopic
from tests.awkward import awkward_record
from tests.broker.broker import Broker
from tests.contract.rigs import ANY_TIMESTAMP, KafkaRig


@pytest.fixture
def sink(broker: Broker) -> Iterator[KafkaSink]:
    sink = KafkaSink(broker.bootstrap, {})
    yield sink
    sink.close()


@pytest.fixture
def rig(broker: Broker) -> Iterator[KafkaRig]:
    rig = KafkaRig(broker)
    yield rig
    rig.close()


def stored(source: KafkaSource, topic: str) -> list[Record]:
    (info,) = source.topics([topic])
    return [each for batch in source.read(info.spans) for each in batch.records]


def test_positions_come_in_the_order_given(rig: KafkaRig, sink: KafkaSink) -> None:
    topic = rig.topic(2)
    records = [awkward_record(partition=n)._replace(topic=topic) for n in (1, 0, 1, 1)]
    assert sink.write(records) == (
        Position(topic, 1, 0),
        Position(topic, 0, 0),
        Position(topic, 1, 1),
        Position(topic, 1, 2),
    )


def test_more_records_than_the_client_s_queue_holds_keep_their_order(
    broker: Broker, rig: KafkaRig
) -> None:
    topic = rig.topic()
    small = KafkaSink(broker.bootstrap, {"queue.buffering.max.messages": "100"})
    records = [awkward_record(b"%d" % n)._replace(topic=topic) for n in range(12_000)]
    positions = small.write(records)
    assert [position.offset for position in positions] == list(range(12_000))
    assert [each.value for each in stored(rig.open(), topic)] == [each.value for each in records]
    small.close()


def test_a_record_is_written_as_it_is(rig: KafkaRig, sink: KafkaSink) -> None:
    topic = rig.topic()
    record = awkward_record(
        b"", key=None, headers=(("a", None), ("a", b"")), timestamp_ms=-5
    )._replace(topic=topic)
    sink.write([record])
    assert stored(rig.open(), topic) == [record]


def test_without_a_timestamp_it_is_written_with_the_present_time(
    rig: KafkaRig, sink: KafkaSink
) -> None:
    topic = rig.topic()
    sink.write([awkward_record(timestamp_ms=None)._replace(topic=topic)])
    (record,) = stored(rig.open(), topic)
    assert record.timestamp_ms is not None
    assert record.timestamp_ms > 1_700_000_000_000


@pytest.mark.parametrize("timestamp_ms", [0, -1])
def test_a_timestamp_that_would_be_replaced_is_refused_before_anything_is_sent(
    rig: KafkaRig, sink: KafkaSink, timestamp_ms: int
) -> None:
    topic = rig.topic()
    records = [awkward_record(), awkward_record(timestamp_ms=timestamp_ms)]
    with pytest.raises(UsageError, match="Nothing was sent"):
        sink.write([each._replace(topic=topic) for each in records])
    assert stored(rig.open(), topic) == []


@pytest.mark.parametrize("partition", [0, 7])
def test_a_missing_partition_is_refused_and_not_made(
    rig: KafkaRig, sink: KafkaSink, partition: int
) -> None:
    topic = rig.topic() if partition else "no-such-topic"
    record = awkward_record(partition=partition)._replace(topic=topic)
    with pytest.raises(SourceRefused, match=f"{topic}:{partition} does not exist"):
        sink.write([record])
    assert not rig.open().topics(["no-such-topic"])


def test_what_the_broker_refuses_is_counted(rig: KafkaRig, sink: KafkaSink) -> None:
    topic = rig.topic(config={**ANY_TIMESTAMP, "max.message.bytes": "1000"})
    records = [awkward_record(b"small"), awkward_record(b"x" * 100_000)]
    with pytest.raises(SourceError, match="of 2 records were stored"):
        sink.write([each._replace(topic=topic) for each in records])


def test_a_topic_is_made_once_with_its_configuration(
    rig: KafkaRig, sink: KafkaSink, broker: Broker
) -> None:
    topic = rig.topic(2)
    sink.create_topics([NewTopic(topic, 2, {})])
    with pytest.raises(SourceRefused, match="exists with 2 partitions, not 3"):
        sink.create_topics([NewTopic(topic, 3, {})])


def test_a_topic_the_broker_does_not_take_is_refused(sink: KafkaSink) -> None:
    with pytest.raises(SourceRefused, match="not made"):
        sink.create_topics([NewTopic("fine", 1, {"no.such.config": "1"})])


def test_the_java_client_chooses_partitions_for_tests(broker: Broker, rig: KafkaRig) -> None:
    topic = rig.topic(12)
    records = [awkward_record(key=b"order-%d" % n)._replace(topic=topic) for n in range(50)]
    positions = broker.produce_with_java(records, choose=True)
    assert len({position.partition for position in positions}) > 5
