"""What changes a cluster: it appends records and makes topics.

A test on the source code sees to it that this module and `kafka_once.py`, the writing exactly once,
are the only ones that name a producer or a call that changes anything.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin import NewTopic as ClientNewTopic

from readers.errors import SourceRefused, SourceUnreachable
from readers.kafka_admin import KafkaAdmin
from readers.kafka_config import admin_config, built, check_properties, writer_config
from readers.kafka_delivery import Delivery, Targets
from readers.kafka_health import Health
from readers.kafka_once import KafkaOnceWriter
from readers.record import Position, Record, TopicPartition
from readers.source import NewTopic

_CHUNK_RECORDS = 10_000
_CHUNK_BYTES = 32 * 1024 * 1024
_CHANGE_TIMEOUT_S = 10.0
_TURN_S = 0.02


class KafkaSink:
    """A cluster to write to; nothing is connected before the first call.

    Records are appended idempotently: once, and in order within a partition, as long as one call
    of `write` lasts. Whoever repeats a failed call has to find out first what was stored.
    """

    def __init__(
        self, bootstrap: str, properties: Mapping[str, str], *, timeout_s: float = 5.0
    ) -> None:
        check_properties(properties)
        self._bootstrap = bootstrap
        self._properties = properties
        self._health = Health()
        self._lookups = KafkaAdmin(
            bootstrap, properties, self._health, connect_timeout_s=timeout_s, timeout_s=timeout_s
        )
        self._targets = Targets(bootstrap, self._lookups)
        self._producer: Producer | None = None

    def create_topics(self, topics: Sequence[NewTopic]) -> None:
        """Make the topics that do not exist.

        Raises:
            SourceRefused: one exists with another number of partitions, or may not be made.
        """
        known = self._lookups.facts([topic.name for topic in topics])
        for topic in topics:
            found = known.get(topic.name)
            if found is not None and found.partition_count != topic.partitions:
                raise SourceRefused(
                    f"The topic {topic.name} exists with {found.partition_count} partitions, "
                    f"not {topic.partitions}. Choose another name or another cluster."
                )
        missing = [topic for topic in topics if topic.name not in known]
        if missing:
            self._create(missing)

    def write(self, records: Sequence[Record]) -> tuple[Position, ...]:
        """Append the records, each to its own partition; returns once all are stored.

        Raises:
            UsageError: a record cannot be written as it is; nothing was sent.
            SourceRefused: a record's partition does not exist; nothing was sent.
            SourceError: not all were stored; it says how many were, and of how many that is
                not known.
        """
        self._targets.check(records)
        positions: list[Position] = []
        for chunk in _chunks(records):
            delivery = Delivery(chunk)
            delivery.send(self._opened())
            if delivery.stored < len(chunk):
                raise delivery.failure(self._bootstrap, already=len(positions), of=len(records))
            positions += delivery.positions()
        return tuple(positions)

    def once(self, name: str, progress_at: TopicPartition) -> KafkaOnceWriter:
        """The write of this name, a transaction an append.

        Nothing is asked before its `resume`. Both the transactions and the consumer group that
        keeps its progress are called `kstory-NAME`.
        """
        return KafkaOnceWriter(
            name,
            progress_at,
            bootstrap=self._bootstrap,
            properties=self._properties,
            lookups=self._lookups,
            health=self._health,
        )

    def close(self) -> None:
        """Let go of the clients; every record was reported before `write` returned."""
        self._producer = None
        self._lookups.close()

    def _opened(self) -> Producer:
        if self._producer is None:
            events = self._health.new_client()
            config = writer_config(self._bootstrap, self._properties, events)
            self._producer = built(Producer, config)
        return self._producer

    def _create(self, topics: Sequence[NewTopic]) -> None:
        events = self._health.new_client()
        admin = built(AdminClient, admin_config(self._bootstrap, self._properties, events))
        wanted = [
            ClientNewTopic(each.name, num_partitions=each.partitions, config=dict(each.config))
            for each in topics
        ]
        asked = admin.create_topics(wanted, operation_timeout=_CHANGE_TIMEOUT_S)
        for name, future in asked.items():
            self._see_made(name, future)
        self._await_known({each.name for each in topics})

    def _await_known(self, names: set[str]) -> None:
        """Wait until a broker that is asked knows them: it hears of them from another one."""
        deadline_s = time.monotonic() + _CHANGE_TIMEOUT_S
        while names - self._lookups.facts(names).keys() and time.monotonic() < deadline_s:
            time.sleep(_TURN_S)

    def _see_made(self, name: str, future: "Future[Any]") -> None:
        try:
            future.result(2 * _CHANGE_TIMEOUT_S)
        except KafkaException as error:
            said: KafkaError = error.args[0]
            if said.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise SourceRefused(f"The topic {name} was not made: {said.str()}.") from error
        except TimeoutError as error:
            raise SourceUnreachable(
                f"{self._bootstrap} did not say whether the topic {name} was made. "
                "Look whether it exists before trying again."
            ) from error


def _chunks(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """The records in pieces of bounded count and size, in order."""
    start = size = 0
    for index, record in enumerate(records):
        if index > start and (
            index - start >= _CHUNK_RECORDS or size + record.size_bytes > _CHUNK_BYTES
        ):
            yield records[start:index]
            start, size = index, 0
        size += record.size_bytes
    if start < len(records):
        yield records[start:]
