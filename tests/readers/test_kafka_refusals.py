"""A cluster that refuses a part: it is told, and the rest is read."""

from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import KafkaError, Message

from readers.kafka_reading import Reading, SpanReading
from readers.record import Span, TopicPartition
from readers.source import NoticeKind


class Consumer:
    """A consumer that brings what it was given, one list a turn."""

    def __init__(self, *turns: list[Message]) -> None:
        self._turns = list(turns)
        self.dropped: list[TopicPartition] = []

    def take(self, holder: Reading, positions: Mapping[TopicPartition, int]) -> None: ...

    def release(self, holder: Reading) -> None: ...

    def drop(self, holder: Reading, partitions: Iterable[TopicPartition]) -> None:
        self.dropped += partitions

    def fetch(self, limit: int) -> list[Message]:
        return self._turns.pop(0)


def message(topic: str, offset: int = 0, error: int | None = None) -> Message:
    said = None if error is None else KafkaError(error)
    partition = 0 if topic else -1
    return Message(topic, partition, offset, b"k", b"v", timestamp=(1, 5), error=said)


def reading(consumer: Any, *topics: str) -> SpanReading:
    return SpanReading(consumer, None, [Span(topic, 0, 0, 1) for topic in topics])  # type: ignore[arg-type]


def test_a_topic_without_permission_is_told_and_others_go_on() -> None:
    denied = message("secret", error=KafkaError.TOPIC_AUTHORIZATION_FAILED)
    consumer = Consumer([denied, message("open")])
    spans = reading(consumer, "secret", "open")
    batch = spans.step()
    assert [(n.kind, n.topic) for n in batch.notices] == [(NoticeKind.DENIED, "secret")]
    assert [record.topic for record in batch.records] == ["open"]
    assert spans.done
    assert TopicPartition("secret", 0) in consumer.dropped


def test_a_missing_permission_on_groups_is_harmless() -> None:
    refusal = message("", error=KafkaError.GROUP_AUTHORIZATION_FAILED)
    spans = reading(Consumer([refusal, message("open")]), "open")
    batch = spans.step()
    assert batch.notices == ()
    assert len(batch.records) == 1


def test_records_of_an_earlier_assignment_are_not_taken() -> None:
    spans = SpanReading(
        Consumer([message("other"), message("open", 2), message("open", 5)]),  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        [Span("open", 0, 4, 9)],
    )
    assert [(record.topic, record.offset) for record in spans.step().records] == [("open", 5)]


def test_a_record_without_a_timestamp_has_none() -> None:
    untimed = Message("open", 0, 0, b"k", b"v")
    (record,) = reading(Consumer([untimed]), "open").step().records
    assert record.timestamp_ms is None
    assert record.timestamp_type is None
