"""The one consumer of a source, and who is reading with it at the moment."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer
from confluent_kafka import TopicPartition as ClientPartition

from readers.errors import SourceRefused
from readers.kafka_config import built, reader_config
from readers.kafka_errors import source_error
from readers.kafka_health import ClientHealth, Health
from readers.kafka_interrupt import interrupt_held
from readers.record import TopicPartition

BATCH_RECORDS = 2_000
"""More at once holds the interpreter for too long: 5 ms for 2,000, 12 ms for 10,000."""
_WAIT_S = 0.1
_WAIT_AFTER_ASSIGN_S = 0.18
"""The first fetch of a new assignment waits for the one in flight, 0.1 s at most."""
_DRAIN_S = 0.005
_CLOSE_S = 2.0
"""Seen once: the client waited for ever for a thread of its own, after topics had been deleted."""


class KafkaConsumer:
    """A consumer that reads where it is told and nowhere else; made at the first use.

    Several readings share it, step by step. Whoever takes it over assigns it at their own
    positions, so each has to know its positions itself.
    """

    def __init__(
        self,
        bootstrap: str,
        properties: Mapping[str, str],
        health: Health,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bootstrap = bootstrap
        self._properties = properties
        self._health = health
        self._clock = clock
        self._client: Consumer | None = None
        self._events: ClientHealth | None = None
        self._holder: object = None
        self._fresh = False
        self._resting = False
        self._closed = False

    def take(self, holder: object, positions: Mapping[TopicPartition, int]) -> None:
        """Read at these positions for this holder, unless it is the one that did last."""
        if self._holder is not holder or self._resting:
            self._opened().assign([_at(*each) for each in positions.items()])
            self._holder, self._resting, self._fresh = holder, False, True

    def rest(self, holder: object) -> None:
        """Fetch nothing for this holder until it takes the consumer again."""
        if self._holder is not holder or not self._resting:
            self._opened().assign([])
            self._holder, self._resting = holder, True

    def release(self, holder: object) -> None:
        """Stop fetching, if it was for this holder."""
        if self._holder is holder and self._client is not None:
            self._client.unassign()
            self._holder = None

    def move(self, holder: object, positions: Mapping[TopicPartition, int]) -> None:
        """Read some partitions on from elsewhere, or newly."""
        self.drop(holder, positions)
        if self._holder is holder and positions:
            self._opened().incremental_assign([_at(*each) for each in positions.items()])

    def drop(self, holder: object, partitions: Iterable[TopicPartition]) -> None:
        """Read some partitions no more."""
        if self._holder is not holder:
            return
        client = self._opened()
        assigned = {(each.topic, each.partition) for each in client.assignment()}
        gone = [ClientPartition(*each) for each in partitions if each in assigned]
        if gone:
            client.incremental_unassign(gone)

    def fetch(self, limit: int) -> list[Any]:
        """Records and events as they lie ready, the client's own; waits 0.2 s at most.

        Raises:
            SourceRefused: the cluster refuses this client, or sends what it may not take.
        """
        client = self._opened()
        wait_s = _WAIT_AFTER_ASSIGN_S if self._fresh else _WAIT_S
        self._fresh = False
        with interrupt_held():
            messages: list[Any] = client.consume(1, wait_s)
            if messages and limit > 1:
                messages += client.consume(min(limit, BATCH_RECORDS) - 1, _DRAIN_S)
        if messages and self._events is not None:
            self._events.heard_answer()
        else:
            self._raise_if_refused()
        return messages

    def stay_awake(self) -> None:
        """Let the client say how its connections are, while nobody reads with it.

        Whoever does read hears of them; a record taken from them here would be lost.
        """
        if self._holder is None or self._resting:
            with interrupt_held():
                self._opened().consume(1, 0)
        self._raise_if_refused()

    def close(self) -> None:
        """Let go of the consumer; after 2 s of the closing too, which goes on by itself."""
        self._closed = True
        client, self._client, self._holder = self._client, None, None
        if client is not None:
            closing = threading.Thread(target=client.close, name="kafka-close", daemon=True)
            closing.start()
            closing.join(_CLOSE_S)

    def _opened(self) -> Consumer:
        if self._closed:
            self._raise_if_refused()
            raise SourceRefused(f"{self._bootstrap} was closed.")
        if self._client is None:
            self._events = self._health.new_client()
            config = reader_config(self._bootstrap, self._properties, self._events)
            self._client = built(Consumer, config)
        return self._client

    def _raise_if_refused(self) -> None:
        fatal = self._health.fatal
        if fatal is not None:
            self.close()
            raise source_error(self._bootstrap, fatal, self._health.words)
        if any("receive.message.max.bytes" in word.text for word in self._health.words):
            self.close()
            raise SourceRefused(
                f"{self._bootstrap} sends a record larger than this client takes. "
                "Allow more with -X receive.message.max.bytes=BYTES."
            )


def _at(partition: TopicPartition, offset: int) -> ClientPartition:
    return ClientPartition(partition.topic, partition.partition, offset)
