"""Finding records of a cluster by raw batches, and by the Kafka client where that cannot be.

The answer is the same either way; only the speed differs, and a notice says why.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing

from readers.errors import SourceRefused, SourceUnreachable, UsageError
from readers.kafka_admin import KafkaAdmin, TopicFacts
from readers.kafka_config import client_id, isolation_level
from readers.kafka_reading import deleted, expired, truncated
from readers.kafka_scan_later import Later
from readers.patience import Patience
from readers.raw_batches.connection import Address, BrokerConnection
from readers.raw_batches.how import How
from readers.raw_batches.scan import RawScan
from readers.raw_batches.security import LoginArguments, NotMapped, login_arguments
from readers.raw_batches.step import Checked, Found, Left, Why
from readers.record import Span, TopicPartition
from readers.search_cache.cache import SearchCache
from readers.search_cache.index_memory import IndexMemory
from readers.search_cache.memory import KeyMemory
from readers.search_cache.recall import Recall
from readers.search_cache.rows import Log
from readers.source import Batch, Notice, NoticeKind
from readers.wanted import ONLY_KEYS, Wanted

PATIENCE_S = 10.0
_RETRY_S = 0.2
_NOT_SERVED = "the broker refuses another connection than the Kafka client's"

Read = Callable[[Sequence[Span]], Iterator[Batch]]
Connect = Callable[[LoginArguments], BrokerConnection]


class KafkaScan:
    """Scans the partitions of a cluster; it has no thread and no connection between two scans.

    Args:
        read: reads spans with the Kafka client.
        max_bytes_per_s: of what brokers send; None is as fast as it goes.
        cache: what keys' scans found is remembered there; None remembers nothing.
        connect: makes a connection that is not open yet; None is the usual one.
        patience_s: how long a broker may not answer, and nothing come.
    """

    def __init__(
        self,
        properties: Mapping[str, str],
        admin: KafkaAdmin,
        read: Read,
        *,
        max_bytes_per_s: int | None = None,
        cache: SearchCache | None = None,
        clock: Callable[[], float] = time.monotonic,
        connect: Connect | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._properties = properties
        self._admin = admin
        self._read = read
        self._max_bytes_per_s = max_bytes_per_s
        self._cache = cache
        self._clock = clock
        self._committed = isolation_level(properties) == "read_committed"
        self._connect = connect or self._connection
        self._patience_s = patience_s
        self._topic_ids: dict[str, str | None] = {}

    def scan(self, wanted: Wanted, spans: Sequence[Span]) -> Iterator[Batch]:
        """The wanted records in the spans; each partition's in offset order.

        Raises:
            SourceUnreachable: nothing came for as long as there is patience.
        """
        waiting = [span for span in spans if span.width]
        self._topic_ids = {}
        try:
            how = self._how(login_arguments(self._properties))
        except NotMapped as obstacle:
            yield from self._slowly(wanted, waiting, str(obstacle))
            return
        logs = self._logs(waiting) if wanted.keys else {}
        recall = Recall(KeyMemory(self._cache, logs, wanted), waiting)
        yield from self._recalling(wanted, how, recall)

    def index(self, spans: Sequence[Span]) -> Iterator[Batch]:
        """Remember about where each key lies in the spans; no record is told.

        Raises:
            SourceUnreachable: nothing came for as long as there is patience.
            SourceRefused: nothing can be remembered of this cluster, or of a topic.
            UsageError: there is no cache, or it cannot be written.
        """
        if self._cache is None:
            raise UsageError("With --no-cache nothing is remembered, so nothing can be indexed.")
        self._topic_ids = {}
        try:
            how = self._how(login_arguments(self._properties))
        except NotMapped as obstacle:
            raise SourceRefused(
                f"Its keys cannot be indexed, since only the Kafka client can read it: {obstacle}."
            ) from obstacle
        logs = self._named(spans)
        for unnamed in {span.topic for span in spans} - logs.keys():
            raise SourceRefused(
                f"{unnamed} cannot be indexed: its cluster gives topics no ids, so that one made "
                "again could not be told from it."
            )
        recall = Recall(IndexMemory(self._cache, logs), spans)
        for batch in self._recalling(ONLY_KEYS, how, recall):
            yield Batch(batch.records, batch.reached, tuple(n for n in batch.notices if n.is_loss))

    def _recalling(self, wanted: Wanted, how: How, recall: Recall) -> Iterator[Batch]:
        """Read what is not known, and remember it, also when it is stopped."""
        try:
            yield from self._rounds(wanted, how, recall)
            yield Batch(notices=recall.notices())
        finally:
            recall.save()

    def _rounds(self, wanted: Wanted, how: How, recall: Recall) -> Iterator[Batch]:
        waiting = recall.spans
        patience = Patience(self._clock, self._patience_s)
        while waiting:
            again: list[Span] = []
            found = self._round(wanted, waiting, how, again, recall)
            yield from patience.handed_out(map(recall.passed, found))
            if _left(again) < _left(waiting):
                patience.renew()
            elif patience.is_over:
                raise self._stuck(again[0])
            waiting = again
            if waiting:
                time.sleep(_RETRY_S)
                yield from patience.handed_out((Batch(),))

    def _round(
        self,
        wanted: Wanted,
        spans: Sequence[Span],
        how: How,
        again: list[Span],
        recall: Recall,
    ) -> Iterator[Batch]:
        """Ask the present leaders; what has to be asked again goes to `again`."""
        try:
            facts = self._admin.facts({span.topic for span in spans})
        except SourceUnreachable:
            again += spans
            return
        later = Later(again)
        yield Batch(notices=later.sort_out(self._same(facts), spans))
        scan = RawScan(wanted, later.ready, _leaders(facts), how, recall.claims)
        with closing(scan.steps()) as steps:
            for step in steps:
                match step:
                    case Left(why=Why.UNREADABLE):
                        yield from self._by_client(wanted, [step.span])
                    case Left(why=Why.OUT_OF_RANGE):
                        yield self._out_of_range(step.span, again)
                    case Left():
                        later.take(step)
                    case Found() | Checked():
                        yield recall.told(step, again)
                    case None:
                        yield Batch()
        yield from self._by_client(wanted, recall.vouched(later.refused))
        yield from self._slowly(wanted, later.not_served, _NOT_SERVED)

    def _same(self, facts: Mapping[str, TopicFacts]) -> dict[str, TopicFacts]:
        """The topics that are those which this scan began with; one made again is another."""
        for name, topic in facts.items():
            self._topic_ids.setdefault(name, topic.topic_id)
        return {n: topic for n, topic in facts.items() if topic.topic_id == self._topic_ids[n]}

    def _logs(self, spans: Sequence[Span]) -> dict[str, Log]:
        """The topics by what tells them from others of the same name, where it is of use."""
        if self._cache is None:
            return {}
        try:
            return self._named(spans)
        except SourceUnreachable:
            return {}

    def _named(self, spans: Sequence[Span]) -> dict[str, Log]:
        facts = self._admin.facts({span.topic for span in spans})
        return {
            name: Log(self._admin.cluster_id, topic.topic_id, name, self._committed)
            for name, topic in facts.items()
            if topic.topic_id is not None
        }

    def _how(self, login: LoginArguments) -> How:
        return How(
            connect=lambda: self._connect(login),
            committed=self._committed,
            timeout_s=self._patience_s,
            max_bytes_per_s=self._max_bytes_per_s,
        )

    def _connection(self, login: LoginArguments) -> BrokerConnection:
        name = self._properties.get("client.id") or client_id()
        return BrokerConnection(name, login, committed=self._committed)

    def _slowly(self, wanted: Wanted, spans: Sequence[Span], why: str) -> Iterator[Batch]:
        """Read with the Kafka client, and say so."""
        if spans:
            yield Batch(notices=(_slower(spans[0], why),))
            yield from self._by_client(wanted, spans)

    def _by_client(self, wanted: Wanted, spans: Sequence[Span]) -> Iterator[Batch]:
        if not spans:
            return
        for batch in self._read(spans):
            found = tuple(record for record in batch.records if wanted.holds(record))
            yield Batch(found, batch.reached, batch.notices)

    def _out_of_range(self, span: Span, again: list[Span]) -> Batch:
        """The log is another than it was: say what is missing, and go on where it is."""
        place = span.topic_partition
        bounds = self._admin.bounds(place)
        if bounds is None:
            return Batch(notices=(deleted(place),))
        start, end = bounds
        if span.start > end:
            return Batch(notices=(truncated(place, end, span.start),))
        if span.start >= start:
            again.append(span)
            return Batch()
        start = min(start, span.end_exclusive)
        if start < span.end_exclusive:
            again.append(Span(*place, start, span.end_exclusive))
        return Batch((), {place: start}, (expired(place, span.start, start),))

    def _stuck(self, span: Span) -> SourceUnreachable:
        return SourceUnreachable(
            f"Nothing came from {span.topic_partition}@{span.start} for {self._patience_s:.0f} s. "
            "Check whether the broker that leads this partition runs."
        )


def _leaders(facts: Mapping[str, TopicFacts]) -> dict[TopicPartition, Address]:
    return {
        TopicPartition(topic.name, number): Address(*leader)
        for topic in facts.values()
        for number, leader in topic.leaders.items()
    }


def _slower(span: Span, why: str) -> Notice:
    text = f"Records are read one by one, not in batches, which is slower: {why}."
    return Notice(NoticeKind.SLOWER, span.topic, span.partition, text)


def _left(spans: Sequence[Span]) -> int:
    """How much is to be done; one without width has to be checked."""
    return sum(span.width + 1 for span in spans)
