"""The real clients put keys where the partitioners say."""

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from uuid import uuid4

from confluent_kafka import Message, Producer

from readers.opening import open_sink
from readers.partitioners import java_partition, librdkafka_partition
from readers.profiles import SourceSpec
from readers.record import Record
from readers.source import NewTopic
from tests.broker.broker import Broker

PARTITIONS = 12


@contextmanager
def new_topic(broker: Broker) -> Iterator[str]:
    name = f"keys-{uuid4()}"
    with closing(open_sink(SourceSpec("kafka", broker.bootstrap))) as sink:
        sink.create_topics([NewTopic(name, PARTITIONS, {})])
    yield name


def keys() -> list[bytes]:
    rng = random.Random(1)
    return [
        *(f"order-{number}".encode() for number in range(4700, 4800)),
        *(rng.randbytes(length) for length in range(1, 40)),
        "Ærø-日本".encode(),
    ]


def test_javas_producer_puts_keys_where_we_say(broker: Broker) -> None:
    with new_topic(broker) as topic:
        records = [Record(topic, 0, 0, None, None, key, b"v") for key in [*keys(), b""]]
        placed = broker.produce_with_java(records, choose=True)
    said = [java_partition(record.key or b"", PARTITIONS) for record in records]
    assert [position.partition for position in placed] == said


def test_librdkafkas_default_puts_keys_where_we_say(broker: Broker) -> None:
    placed: dict[bytes, int] = {}

    def note(error: object, message: Message) -> None:
        assert error is None
        key, partition = message.key(), message.partition()
        assert isinstance(key, bytes)
        assert partition is not None
        placed[key] = partition

    with new_topic(broker) as topic:
        producer = Producer({"bootstrap.servers": broker.bootstrap, "log_level": 0})
        for key in keys():
            producer.produce(topic, b"v", key, on_delivery=note)
        assert producer.flush(30) == 0
    assert placed == {key: librdkafka_partition(key, PARTITIONS) for key in keys()}
