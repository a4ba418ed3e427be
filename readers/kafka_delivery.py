"""Records on their way to a cluster: which can go, the handing over, and what became of each.

Used by `kafka_writer.py` and `kafka_once.py`, and by nothing else.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from readers.errors import SourceError, SourceRefused, SourceUnreachable, UsageError
from readers.kafka_admin import KafkaAdmin
from readers.kafka_errors import Code, write_error
from readers.kafka_interrupt import interrupt_held
from readers.record import Position, Record, TopicPartition

REPORT_TIMEOUT_S = 40.0
"""Above the client's own 30 s, after which it reports a record as not sent."""
_TURN_S = 0.2
_TAKEN_AS_NOW = (0, -1)
_PURGED = frozenset({Code.FATAL, Code.PURGED_IN_FLIGHT, Code.PURGED_IN_QUEUE})


class Targets:
    """The partitions that records are to go to."""

    def __init__(self, bootstrap: str, lookups: KafkaAdmin) -> None:
        self._bootstrap = bootstrap
        self._lookups = lookups
        self._partition_counts: dict[str, int] = {}

    def check(self, records: Sequence[Record]) -> None:
        """See that all can go as they are, before any is sent.

        Raises:
            UsageError: a record cannot be written as it is.
            SourceRefused: a record's partition does not exist.
        """
        for record in records:
            _check(record)
        self.check_exist([TopicPartition(each.topic, each.partition) for each in records])

    def check_exist(self, partitions: Sequence[TopicPartition]) -> None:
        """See that all partitions exist: the client would try for 30 s to find one.

        Raises:
            SourceRefused: one does not.
        """
        unknown = {each.topic for each in partitions if not self._has(each)}
        if unknown:
            found = self._lookups.facts(unknown)
            self._partition_counts |= {name: t.partition_count for name, t in found.items()}
        for each in partitions:
            if not self._has(each):
                raise SourceRefused(
                    f"{each} does not exist on {self._bootstrap}. Nothing was sent."
                )

    def forget(self) -> None:
        """Ask again: a topic may have been deleted."""
        self._partition_counts.clear()

    def _has(self, partition: TopicPartition) -> bool:
        return 0 <= partition.partition < self._partition_counts.get(partition.topic, 0)


class Delivery:
    """Some records on their way, and what became of each.

    Attributes:
        error: the first that was reported for a record; None where there was none.
        broken: what the client said when it broke inside a call, or None.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.error: KafkaError | None = None
        self.broken: str | None = None
        self._records = records
        self._stored: list[int | None] = [None] * len(records)
        self._reported = 0

    def send(self, producer: Producer, timeout_s: float = REPORT_TIMEOUT_S) -> None:
        """Hand the records over and wait until each is reported, or no report can come."""
        deadline_s = time.monotonic() + timeout_s
        try:
            for index, record in enumerate(self._records):
                self._hand_over(producer, index, record, deadline_s)
            while self._reported < len(self._records) and time.monotonic() < deadline_s:
                _serve_reports(producer)
        except (SystemError, BufferError) as error:
            # After a fatal error the client leaves its reports out and breaks inside the call.
            self.broken = str(error)

    @property
    def stored(self) -> int:
        """How many were reported as stored."""
        return sum(offset is not None for offset in self._stored)

    @property
    def was_purged(self) -> bool:
        """The records failed with their transaction, and their reports do not say why."""
        if self.broken is not None:
            return True
        return self.error is not None and self.error.code() in _PURGED

    @property
    def unknown(self) -> int:
        """How many were not reported."""
        return len(self._records) - self._reported

    def positions(self) -> list[Position]:
        """Where each lies that is stored, in the order given."""
        return [
            Position(record.topic, record.partition, offset)
            for record, offset in zip(self._records, self._stored, strict=True)
            if offset is not None
        ]

    def failure(self, bootstrap: str, *, already: int, of: int) -> SourceError:
        """Why not all were stored, after `already` others, `of` so many in all."""
        count = f"{already + self.stored} of {of} records were stored"
        if self.unknown:
            said = self.broken or "no report came in time"
            return SourceUnreachable(
                f"{bootstrap}: {count}, and of {self.unknown} it is not known ({said}). "
                "Read the topic's end before sending any of them again."
            )
        assert self.error is not None
        cause = write_error(bootstrap, self.error)
        kind = SourceUnreachable if self.error.retriable() else type(cause)
        return kind(f"Only {count}. {cause}")

    def _reporter(self, index: int) -> Callable[[KafkaError | None, Any], None]:
        def report(error: KafkaError | None, message: Any) -> None:
            self._reported += 1
            if error is None:
                self._stored[index] = message.offset()
            elif self.error is None:
                self.error = error

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
                _serve_reports(producer)
            else:
                return


def _serve_reports(producer: Producer) -> None:
    with interrupt_held():
        producer.poll(_TURN_S)


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
