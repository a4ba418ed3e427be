"""Writing into a cluster exactly once: a transaction an append, and its progress inside it.

Beside `kafka_writer.py` the only module that changes a cluster, and made by that one alone.
"""

import time
from collections.abc import Mapping, Sequence

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
)
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import AdminClient

from readers.errors import SourceRefused, SourceUnreachable, UsageError
from readers.kafka_admin import KafkaAdmin
from readers.kafka_config import admin_config, built, once_config, progress_config
from readers.kafka_delivery import Delivery, Targets
from readers.kafka_health import Health
from readers.kafka_once_errors import MAYBE_GONE, NOT_YET, once_error, said_by, unknown_outcome
from readers.progress_text import progress_of, progress_text
from readers.record import Position, Record, TopicPartition
from readers.source import APPEND_RECORDS_MAX, Progress

_NOTE_BYTES_MAX = 4_095
"""A broker takes 4,096 (`offset.metadata.max.bytes`), and the client counts a closing NUL."""
_TAKE_OVER_TIMEOUT_S = 15.0
_ASK_TIMEOUT_S = 5.0
_REPORT_TIMEOUT_S = 9.0
"""Above the client's own 8 s, after which it reports a record as not sent."""
_COMMIT_TIMEOUT_S = 15.0
_TURN_S = 0.1


class KafkaOnceWriter:
    """The write of one name; an `OnceWriter`.

    Its name is that of its transactions and of a consumer group that nobody joins. The group's
    committed offset is how many records are done; what is noted beside it is where the latest lie.
    Both stay in the cluster, which forgets them after a time of its own (its
    `offsets.retention.minutes`, seven days if not set): a later start begins at 0. So does one
    after the topic that the progress is kept for was deleted.
    """

    marker_offsets = 1

    def __init__(
        self,
        name: str,
        progress_at: TopicPartition,
        *,
        bootstrap: str,
        properties: Mapping[str, str],
        lookups: KafkaAdmin,
        health: Health,
    ) -> None:
        self._name = f"kstory-{name}"
        self._progress_at = progress_at
        self._bootstrap = bootstrap
        self._properties = properties
        self._targets = Targets(bootstrap, lookups)
        self._health = health
        self._producer: Producer | None = None
        self._group = b""
        self._done = 0

    def resume(self) -> Progress:
        """Take the write over; it waits for an unfinished transaction to be undone, 15 s at most.

        Raises:
            SourceRefused: it is not permitted, or the partition for the progress does not exist.
            SourceUnreachable: nothing answered in time.
        """
        self.close()
        self._targets.check_exist([self._progress_at])
        events = self._health.new_client()
        producer = built(
            Producer, once_config(self._bootstrap, self._properties, events, self._name)
        )
        try:
            producer.init_transactions(_TAKE_OVER_TIMEOUT_S)
            # Not before: what another writer of this name is just committing would be missed.
            progress = self._committed()
            self._group = self._group_of_its_own()
        except (KafkaException, SystemError) as error:
            said, words = said_by(error), self._health.words
            raise once_error(self._bootstrap, self._name, said, words) from error
        self._producer, self._done = producer, progress.done
        return progress

    def append(self, records: Sequence[Record]) -> tuple[Position, ...]:
        """Append the next records, 50 at most; it takes half a minute at most.

        Raises:
            UsageError: a record cannot be written as it is; nothing was sent.
            TakenOver, SourceRefused, SourceUnreachable: see `OnceWriter`.
        """
        if self._producer is None:
            raise SourceUnreachable("The write was not resumed, or it ended; resume it first.")
        if len(records) > APPEND_RECORDS_MAX:
            raise ValueError(f"{len(records)} records in one append")
        self._targets.check(records)
        if not records:
            return ()
        try:
            positions = self._send(self._producer, records)
        except BaseException as error:
            raise self._given_up(error, records) from error
        self._commit(self._producer, records)
        self._done += len(records)
        return positions

    def close(self) -> None:
        """Let go; what was appended stays."""
        self._producer = None

    def _committed(self) -> Progress:
        # A client of its own: one that lost its broker waits up to 30 s before it tries again. Not
        # a consumer: that waits for its deadline where the group is not permitted.
        events = self._health.new_client()
        client = built(AdminClient, admin_config(self._bootstrap, self._properties, events))
        deadline_s = time.monotonic() + _TAKE_OVER_TIMEOUT_S
        while True:
            try:
                return self._asked(client)
            except KafkaException as error:
                if error.args[0].code() not in NOT_YET or time.monotonic() > deadline_s:
                    raise
                time.sleep(_TURN_S)

    def _asked(self, client: AdminClient) -> Progress:
        place = ClientPartition(*self._progress_at)
        asked = client.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(self._name, [place])],
            require_stable=True,
            request_timeout=_ASK_TIMEOUT_S,
        )
        (found,) = asked[self._name].result().topic_partitions
        if found.error is not None:
            raise KafkaException(found.error)
        if found.offset < 0:
            return Progress()
        return progress_of(found.metadata or "")

    def _group_of_its_own(self) -> bytes:
        """What the client wants to be told about a group; nobody joins it."""
        events = self._health.new_client()
        config = progress_config(self._bootstrap, self._properties, events, self._name)
        consumer = built(Consumer, config)
        try:
            group: bytes = consumer.consumer_group_metadata()
        finally:
            consumer.close()
        return group

    def _send(self, producer: Producer, records: Sequence[Record]) -> tuple[Position, ...]:
        """Send records and progress; they are stored once the transaction is committed."""
        producer.begin_transaction()
        delivery = Delivery(records)
        delivery.send(producer, _REPORT_TIMEOUT_S)
        if delivery.stored < len(records) and not delivery.was_purged:
            raise KafkaException(delivery.error or KafkaError(KafkaError.REQUEST_TIMED_OUT))
        positions = tuple(delivery.positions())
        progress = Progress(self._done + len(records), positions)
        offset = ClientPartition(*self._progress_at, progress.done, _note(progress))
        # Where records were purged this raises why; if it did not, nothing may be committed.
        producer.send_offsets_to_transaction([offset], self._group, _ASK_TIMEOUT_S)
        if delivery.was_purged:
            raise KafkaException(KafkaError(KafkaError.REQUEST_TIMED_OUT))
        return positions

    def _commit(self, producer: Producer, records: Sequence[Record]) -> None:
        deadline_s = time.monotonic() + _COMMIT_TIMEOUT_S
        while True:
            try:
                producer.commit_transaction(max(0.1, deadline_s - time.monotonic()))
            except (KafkaException, SystemError) as error:
                said = said_by(error)
                if said is not None and said.txn_requires_abort():
                    raise self._given_up(error, records) from error
                if said is None or not said.retriable() or time.monotonic() > deadline_s:
                    self.close()
                    raise unknown_outcome(self._bootstrap, len(records), said) from error
            else:
                return

    def _given_up(self, error: BaseException, records: Sequence[Record]) -> BaseException:
        """Undo the transaction; then the error to raise.

        What is not committed is never stored, whether or not the undoing is answered.
        """
        fatal = self._abort()
        if not isinstance(error, KafkaException | SystemError):
            return error
        said = said_by(error) or fatal
        if said is not None and said.code() in MAYBE_GONE:
            gone = self._gone(records)
            if gone is not None:
                return gone
        return once_error(self._bootstrap, self._name, said, self._health.words)

    def _abort(self) -> KafkaError | None:
        """Undo the transaction; where that fails, why, and nothing more can be appended."""
        assert self._producer is not None
        try:
            self._producer.abort_transaction(_ASK_TIMEOUT_S)
        except (KafkaException, SystemError) as error:
            self.close()
            said = said_by(error)
            return said if said is not None and said.fatal() else None
        return None

    def _gone(self, records: Sequence[Record]) -> SourceRefused | None:
        """Which partition does not exist any more, if that is so."""
        self._targets.forget()
        places = [TopicPartition(record.topic, record.partition) for record in records]
        try:
            self._targets.check_exist([*places, self._progress_at])
        except SourceRefused as error:
            return error
        except SourceUnreachable:
            return None
        return None


def _note(progress: Progress) -> str:
    text = progress_text(progress)
    if len(text.encode()) > _NOTE_BYTES_MAX:
        raise UsageError(
            f"{len(progress.last)} records go to so many topics, with names so long, that they do "
            "not fit into one transaction; send fewer at once. Nothing of this was stored."
        )
    return text
