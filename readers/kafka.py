"""A Kafka cluster, reading only: no group is joined, no offset committed, no topic created."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka.admin import OffsetSpec

from readers.errors import SourceRefused
from readers.kafka_admin import KafkaAdmin
from readers.kafka_config import check_properties, isolation_level
from readers.kafka_consumer import KafkaConsumer
from readers.kafka_health import Health
from readers.kafka_newest import NewestReading
from readers.kafka_reading import SpanReading
from readers.kafka_tail import TailReading
from readers.kafka_topics import topic_infos
from readers.kafka_writing_facts import writing_facts
from readers.pace import Pace
from readers.record import Position, Span, TopicPartition
from readers.source import (
    Batch,
    Connection,
    ConnectionState,
    TopicInfo,
    WritingFacts,
)
from readers.wanted import Wanted

if TYPE_CHECKING:
    from readers.kafka_scan import KafkaScan, Read
    from readers.partition_check import Verified
    from readers.search_cache.cache import SearchCache
    from readers.search_cache.rows import Log

_PAUSE_S = 0.1


class KafkaSource:
    """A cluster as a source; nothing is connected before the first question.

    Args:
        bootstrap: addresses, `host:port[,host:port]`.
        properties: librdkafka's names and values.
        name: what it is called on screen, if not its address.
        connect_timeout_s: how long the first answer may take.
        timeout_s: how long every later one may take.
        max_bytes_per_s: how much is read of what is there; None is as fast as it goes.
        cache_folder: where searches are remembered; None remembers nothing.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        bootstrap: str,
        properties: Mapping[str, str],
        name: str | None = None,
        *,
        connect_timeout_s: float = 5.0,
        timeout_s: float = 2.0,
        max_bytes_per_s: int | None = None,
        cache_folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        check_properties(properties)
        self._name = name or bootstrap
        self._isolation = isolation_level(properties)
        self._health = Health(clock)
        self._admin = KafkaAdmin(
            bootstrap,
            properties,
            self._health,
            connect_timeout_s=connect_timeout_s,
            timeout_s=timeout_s,
        )
        self._consumer = KafkaConsumer(bootstrap, properties, self._health, clock)
        self._properties = properties
        self._max_bytes_per_s = max_bytes_per_s
        self._cache_folder = cache_folder
        self._cache: SearchCache | None = None
        self._timeout_s = timeout_s
        self._clock = clock
        self._partition_counts: dict[str, int] = {}

    @property
    def name(self) -> str:
        """What it is called on screen."""
        return self._name

    @property
    def cluster_id(self) -> str:
        """The cluster's own id, whichever of its brokers was asked."""
        return self._admin.cluster_id

    def topics(self, names: Collection[str] | None = None) -> tuple[TopicInfo, ...]:
        """Topics with their bounds; whether they are compacted is asked only for named ones."""
        infos = topic_infos(self._admin, names, self._isolation)
        self._partition_counts |= {info.name: len(info.partitions) for info in infos}
        return infos

    def topic_names(self) -> tuple[str, ...]:
        """Every topic that may be seen, in one question."""
        return tuple(sorted(self._admin.topic_names()))

    def offsets_at(
        self, time_ms: int, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, int]:
        """The first offset at or after a time.

        Before the epoch it is each partition's start: the protocol has no such question.
        """
        wanted = list(partitions)
        at = OffsetSpec.for_timestamp(time_ms) if time_ms >= 0 else OffsetSpec.earliest()
        found = self._admin.offsets(
            wanted,
            {"at": (at, self._isolation), "end": (OffsetSpec.latest(), self._isolation)},
        )
        offsets: dict[TopicPartition, int] = {}
        for partition in wanted:
            first, end = found["at"][partition], found["end"][partition]
            if first.absent or end.absent:
                raise self._no_such(partition)
            if first.error or end.error:
                raise SourceRefused(f"{partition} cannot be read: {first.error or end.error}.")
            offsets[partition] = end.offset if first.offset < 0 else first.offset
        return offsets

    def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
        """What lies in the spans, once.

        Raises:
            SourceRefused: a partition does not exist.
            SourceUnreachable: nothing came for ten seconds.
        """
        self._check_exist({span.topic_partition for span in spans})
        reading = SpanReading(self._consumer, self._admin, spans)
        pace = Pace(self._max_bytes_per_s)
        try:
            while not reading.done:
                batch = reading.step()
                yield batch
                if self._max_bytes_per_s is not None:
                    pace.sent(sum(each.size_bytes for each in batch.records), self._clock())
                while wait_s := pace.wait_s(self._clock()):
                    time.sleep(min(wait_s, _PAUSE_S))
                    yield Batch()
        finally:
            reading.close()

    def scan(self, wanted: Wanted, spans: Sequence[Span]) -> Iterator[Batch]:
        """The wanted records in the spans, by whole batches.

        Raises:
            SourceRefused: a partition does not exist.
            SourceUnreachable: nothing came for ten seconds.
        """
        self._check_exist({span.topic_partition for span in spans})
        yield from self._scan(self.read).scan(wanted, spans)

    def follow(self, starts: Sequence[Position]) -> Iterator[Batch]:
        """Records as they come; while the cluster is gone, batches are empty.

        Raises:
            SourceRefused: a partition does not exist.
        """
        self._check_exist({start.topic_partition for start in starts})
        yield from _followed(
            TailReading(self._consumer, self._admin, starts, self._clock, self._state)
        )

    def follow_newest(self, starts: Sequence[Position], per_s: int) -> Iterator[Batch]:
        """Records as they come, `per_s` a second at the most: the newest.

        Raises:
            SourceRefused: a partition does not exist.
        """
        self._check_exist({start.topic_partition for start in starts})
        yield from _followed(
            NewestReading(
                self._consumer,
                self._admin,
                starts,
                self._clock,
                self._state,
                per_s=per_s,
                properties=self._properties,
            )
        )

    @property
    def index_offsets_max(self) -> int:
        """How many offsets of one topic there is room for in the cache; none without a cache."""
        cache = self._remembering()
        return cache.index_offsets_max if cache else 0

    def index_keys(self, spans: Sequence[Span]) -> Iterator[Batch]:
        """Index what is not yet indexed of the spans, but for what only the client can read."""
        return self._scan(_left_out).index(spans)

    def indexed(self, topic: TopicInfo) -> tuple[Span, ...]:
        """What of the topic is in the index."""
        cache = self._remembering()
        log = self._log(topic) if cache else None
        if cache is None or log is None:
            return ()
        known = cache.index(log, [bounds.partition for bounds in topic.partitions])
        return tuple(
            Span(topic.name, number, each.start, each.end_exclusive)
            for number, stretches in sorted(known.items())
            for each in stretches
        )

    def writing_facts(self, topic: str) -> WritingFacts:
        """The facts of one topic; it may take 5 s where there are very many consumer groups."""
        return writing_facts(self._admin.client(), topic, self._timeout_s)

    def kept_partitioner(self, topic: TopicInfo) -> "Verified | None":
        """The verified partitioner that is remembered of a topic."""
        cache = self._remembering()
        log = self._log(topic) if cache else None
        return cache.partitioner(log, len(topic.partitions)) if cache and log else None

    def keep_partitioner(self, topic: TopicInfo, verified: "Verified") -> None:
        """Remember it, where anything is remembered."""
        cache = self._remembering()
        log = self._log(topic) if cache else None
        if cache and log:
            cache.keep_partitioner(log, len(topic.partitions), verified)

    def connection(self) -> Connection:
        """How it is doing; any thread may ask."""
        return self._health.connection()

    def _check_exist(self, partitions: Collection[TopicPartition]) -> None:
        """See that the partitions exist: a consumer says so only after half a minute."""
        counts = self._partition_counts
        missing = [each for each in partitions if each.partition >= counts.get(each.topic, 0)]
        if not missing:
            return
        facts = self._admin.facts({each.topic for each in missing})
        counts |= {name: topic.partition_count for name, topic in facts.items()}
        for each in missing:
            topic = facts.get(each.topic)
            # One that may not be seen is read nevertheless, and its refusal becomes a notice.
            if topic is None or (not topic.error and each.partition >= topic.partition_count):
                raise self._no_such(each)

    def _no_such(self, partition: TopicPartition) -> SourceRefused:
        return SourceRefused(
            f"There is no partition {partition} in {self._name}; see what it has with "
            "kstory topics."
        )

    def _scan(self, read: "Read") -> "KafkaScan":
        from readers.kafka_scan import KafkaScan  # with a client of its own: 0.1 s to import

        return KafkaScan(
            self._properties,
            self._admin,
            read,
            max_bytes_per_s=self._max_bytes_per_s,
            cache=self._remembering(),
            clock=self._clock,
        )

    def _log(self, topic: TopicInfo) -> "Log | None":
        """What tells the topic from others of the same name."""
        from readers.search_cache.rows import Log

        if topic.topic_id is None:
            return None
        return Log(self.cluster_id, topic.topic_id, topic.name, self._isolation == "read_committed")

    def _remembering(self) -> "SearchCache | None":
        if self._cache is None and self._cache_folder is not None:
            from readers.search_cache.cache import SearchCache

            self._cache = SearchCache(self._cache_folder)
        return self._cache

    def _state(self) -> ConnectionState:
        return self.connection().state

    def close(self) -> None:
        """Let go of both clients."""
        self._consumer.close()
        self._admin.close()


def _left_out(spans: Sequence[Span]) -> Iterator[Batch]:
    """Read nothing of them."""
    yield Batch(reached={span.topic_partition: span.end_exclusive for span in spans})


def _followed(reading: TailReading) -> Iterator[Batch]:
    try:
        while True:
            yield reading.step()
    finally:
        reading.close()
