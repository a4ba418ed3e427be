"""Letting go of the Kafka client, whatever it does."""

import threading
import time
from typing import Any

import pytest

from readers import kafka_consumer
from readers.kafka_consumer import KafkaConsumer
from readers.kafka_health import Health


class Stuck:
    """A client that never ends."""

    def __init__(self) -> None:
        self.closing = threading.Event()
        self.may_end = threading.Event()

    def assign(self, _: object) -> None:
        """Nothing."""

    def close(self) -> None:
        self.closing.set()
        self.may_end.wait(60)


def test_a_client_that_does_not_end_is_left_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Stuck()

    def built(_: type, config: Any) -> Stuck:
        return client

    monkeypatch.setattr(kafka_consumer, "built", built)
    monkeypatch.setattr(kafka_consumer, "_CLOSE_S", 0.05)
    consumer = KafkaConsumer("kafka:9092", {}, Health())
    consumer.take("a reader", {})
    begun_s = time.monotonic()
    consumer.close()
    assert client.closing.is_set()
    assert time.monotonic() - begun_s < 30
    client.may_end.set()
