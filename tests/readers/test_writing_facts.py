"""What is told before anything is written: who reads a topic, what it takes, whether one may."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from readers.kafka import KafkaSource
from readers.kafka_writer import KafkaSink
from readers.record import TopicPartition as Place
from readers.recording import RecordingSink, RecordingSource
from readers.source import WritingFacts
from tests.awkward import awkward_record
from tests.broker.broker import Broker
from tests.contract.rigs import KafkaRig


@pytest.fixture
def rig(broker: Broker) -> Iterator[KafkaRig]:
    rig = KafkaRig(broker)
    yield rig
    rig.close()


def commit(bootstrap: str, group: str, *places: TopicPartition) -> None:
    config = {"bootstrap.servers": bootstrap, "group.id": group, "log_level": 0}
    consumer = Consumer(config)
    consumer.commit(offsets=list(places), asynchronous=False)
    consumer.close()


def test_the_groups_that_read_a_topic_are_told(broker: Broker, rig: KafkaRig) -> None:
    topic, other = rig.topic(3), rig.topic()
    commit(broker.bootstrap, f"billing-{topic}", TopicPartition(topic, 2, 4))
    commit(broker.bootstrap, f"audit-{topic}", TopicPartition(topic, 0, 0))
    commit(broker.bootstrap, f"elsewhere-{topic}", TopicPartition(other, 0, 1))
    assert rig.open().writing_facts(topic).consumer_groups == (f"audit-{topic}", f"billing-{topic}")


def test_groups_of_kstory_s_own_are_left_out(broker: Broker, rig: KafkaRig) -> None:
    topic = rig.topic()
    sink = KafkaSink(broker.bootstrap, {})
    writer = sink.once(f"facts-{topic}", Place(topic, 0))
    writer.resume()
    writer.append([awkward_record()._replace(topic=topic)])
    sink.close()
    assert rig.open().writing_facts(topic).consumer_groups == ()


def test_a_topic_s_limit_is_told(rig: KafkaRig) -> None:
    topic = rig.topic(config={"max.message.bytes": "12345"})
    assert rig.open().writing_facts(topic).max_message_bytes == 12345


def test_a_broker_that_asks_for_no_permission_lets_one_write(rig: KafkaRig) -> None:
    assert rig.open().writing_facts(rig.topic()).may_write is True


def test_of_a_topic_that_does_not_exist_nothing_is_known_and_it_is_not_made(rig: KafkaRig) -> None:
    source = rig.open()
    assert source.writing_facts("no-such-topic") == WritingFacts()
    assert "no-such-topic" not in {info.name for info in source.topics()}


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "facts.kstory"
    RecordingSink(path).close()
    return path


def test_a_recording_tells_whether_it_may_be_written(recording: Path) -> None:
    source = RecordingSource(recording)
    assert source.writing_facts("orders") == WritingFacts(may_write=True)
    source.close()


def test_asking_a_recording_changes_nothing(recording: Path) -> None:
    before = recording.read_bytes()
    source = RecordingSource(recording)
    source.writing_facts("orders")
    source.close()
    assert recording.read_bytes() == before


def test_a_source_that_was_closed_is_unreachable() -> None:
    source = KafkaSource("127.0.0.1:9092", {})
    source.close()
    with pytest.raises(Exception, match=r"127\.0\.0\.1:9092"):
        source.writing_facts("orders")
