"""What is said when a write that goes once ends otherwise than it should."""

from confluent_kafka import KafkaError

from readers.errors import SourceUnreachable, TakenOver
from readers.kafka_errors import Code
from readers.kafka_once_errors import unknown_outcome


def test_a_commit_that_another_writer_was_faster_than_is_no_plain_refusal() -> None:
    error = unknown_outcome("broker:9092", 50, KafkaError(Code.FENCED))
    assert type(error) is TakenOver
    assert "whether they are stored" in str(error)


def test_a_commit_that_nobody_answered_may_be_tried_again() -> None:
    error = unknown_outcome("broker:9092", 50, KafkaError(KafkaError.REQUEST_TIMED_OUT))
    assert type(error) is SourceUnreachable
