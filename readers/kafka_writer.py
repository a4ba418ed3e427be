"""The one module that changes a cluster: it appends records and makes topics.

A test on the source code sees to it that no other module names a producer or a call that changes
anything.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin import NewTopic as ClientNewTopic

from readers.errors import SourceError, SourceRefused, SourceUnreachable, UsageError
from readers.kafka_admin import KafkaAdmin
from readers.kafka_config import admin_config, built, check_properties, writer_config
from readers.kafka_errors import source_error
from readers.kafka_health import Health
from readers.record import Position, Record
from readers.source import NewTopic

_CHUNK_RECORDS = 10_000
_CHUNK_BYTES = 32 * 1024 * 1024
_REPORT_TIMEOUT_S = 40.0
"""Above the client's own 30 s, after which it reports a record as not sent."""
_TURN_S = 0.2
_CHANGE_TIMEOUT_S = 10.0
_TAKEN_AS_NOW = (0, -1)


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
        self._producer: Producer | None = None
        self._partition_counts: dict[str, int] = {}

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
        for record in records:
            _check(record)
        self._check_partitions(records)
        positions: list[Position] = []
        for chunk in _chunks(records):
            delivery = _Delivery(self._bootstrap, chunk)
            delivery.send(self._opened())
            positions += delivery.positions(already=len(positions), of=len(records))
        return tuple(positions)

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

    def _check_partitions(self, records: Sequence[Record]) -> None:
        """See that all partitions exist: the client would try for 30 s to find one."""
        unknown = {each.topic for each in records if not self._has(each)}
        if unknown:
            found = self._lookups.facts(unknown)
            self._partition_counts |= {name: t.partition_count for name, t in found.items()}
        for record in records:
            if not self._has(record):
                raise SourceRefused(
                    f"{record.topic}:{record.partition} does not exist on {self._bootstrap}. "
                    "Nothing was sent."
                )

    def _has(self, record: Record) -> bool:
        return 0 <= record.partition < self._partition_counts.get(record.topic, 0)

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


class _Delivery:
    """Some records on their way, and what became of each."""

    def __init__(self, bootstrap: str, records: Sequence[Record]) -> None:
        self._bootstrap = bootstrap
        self._records = records
        self._stored: list[int | None] = [None] * len(records)
        self._reported = 0
        self._error: KafkaError | None = None
        self._broken: str | None = None

    def send(self, producer: Producer) -> None:
        """Hand the records over and wait until each is reported, or no report can come."""
        deadline_s = time.monotonic() + _REPORT_TIMEOUT_S
        try:
            for index, record in enumerate(self._records):
                self._hand_over(producer, index, record, deadline_s)
            while self._reported < len(self._records) and time.monotonic() < deadline_s:
                producer.poll(_TURN_S)
        except (SystemError, BufferError) as error:
            # After a fatal error the client leaves its reports out and breaks inside the call.
            self._broken = str(error)

    def positions(self, *, already: int, of: int) -> list[Position]:
        """Where each record lies.

        Raises:
            SourceError: not all were stored.
        """
        stored = [offset for offset in self._stored if offset is not None]
        if len(stored) < len(self._records):
            raise self._failure(already + len(stored), of)
        return [
            Position(record.topic, record.partition, offset)
            for record, offset in zip(self._records, stored, strict=True)
        ]

    def _reporter(self, index: int) -> Callable[[KafkaError | None, Any], None]:
        def report(error: KafkaError | None, message: Any) -> None:
            self._reported += 1
            if error is None:
                self._stored[index] = message.offset()
            elif self._error is None:
                self._error = error

        return report

    def _hand_over(self, producer: Producer, index: int, record: Record, deadline_s: float) -> None:
        report = self._reporter(index)
        while True:
            try:
                producer.produce(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    partition=record.partition,
                    on_delivery=report,
                    timestamp=record.timestamp_ms or 0,
                    headers=list(record.headers),
                )
            except KafkaException as error:  # it does not take this one
                report(error.args[0], None)
                return
            except BufferError:  # its queue is full: serve reports, which makes room
                if time.monotonic() > deadline_s:
                    raise
                producer.poll(_TURN_S)
            else:
                return

    def _failure(self, stored: int, of: int) -> SourceError:
        unknown = len(self._records) - self._reported
        count = f"{stored} of {of} records were stored"
        if unknown:
            said = self._broken or "no report came in time"
            return SourceUnreachable(
                f"{self._bootstrap}: {count}, and of {unknown} it is not known ({said}). "
                "Read the topic's end before sending any of them again."
            )
        assert self._error is not None
        cause = source_error(self._bootstrap, self._error)
        kind = SourceUnreachable if self._error.retriable() else type(cause)
        return kind(f"Only {count}. {cause}")


def _check(record: Record) -> None:
    """See that the client can write the record as it is."""
    if record.timestamp_ms in _TAKEN_AS_NOW:
        raise UsageError(
            f"{record.position} has the timestamp {record.timestamp_ms}, which this client cannot "
            "write: it would be replaced by the present time. Nothing was sent."
        )
    for name, _ in record.headers:
        if not _is_utf8(name):
            raise UsageError(
                f"{record.position} has a header name that is not UTF-8, which this client cannot "
                "write. Nothing was sent."
            )


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in name


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
