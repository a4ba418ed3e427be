"""Sources without a cluster: in memory, deterministic, told what goes wrong and when."""

import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from readers.errors import SourceError, SourceRefused, TakenOver
from readers.record import Header, Position, Record, Span, TimestampType, TopicPartition
from readers.source import (
    APPEND_RECORDS_MAX,
    Batch,
    Connection,
    ConnectionState,
    NewTopic,
    Notice,
    PartitionBounds,
    Progress,
    TopicInfo,
    WritingFacts,
)

START_MS = 1_795_435_200_000
"""2026-11-23 12:00:00 UTC."""


def record_of(
    topic: str = "order-events",
    partition: int = 0,
    offset: int = 0,
    *,
    key: bytes | None = b"order-1",
    value: bytes | None = b"{}",
    timestamp_ms: int | None = START_MS,
    headers: tuple[Header, ...] = (),
) -> Record:
    kind = None if timestamp_ms is None else TimestampType.CREATE
    return Record(topic, partition, offset, timestamp_ms, kind, key, value, headers)


def records_of(
    count: int, *, topic: str = "order-events", partitions: int = 3, first_ms: int = START_MS
) -> list[Record]:
    """Records a second apart, dealt to the partitions in turn, each of another order."""
    return [
        record_of(
            topic,
            n % partitions,
            n // partitions,
            key=f"order-{n}".encode(),
            value=b'{"type":"OrderPaid","orderId":"order-%d","amount":%d}' % (n, n),
            timestamp_ms=first_ms + n * 1000,
            headers=(("eventId", b"e-%d" % n), ("eventType", b"OrderPaid")),
        )
        for n in range(count)
    ]


class FakeSource:
    """A source in memory. `add` may be called while it is read, from any thread.

    Attributes:
        failures: raised one by one, each by the next step of a read, follow or look-up.
        reads: the spans that were read, in order.
        closed: whether it was let go of.
        facts: what `writing_facts` tells of a topic; nothing of others.
        progress: how far each named write of a `FakeSink` is; `owners`: who has it.
    """

    def __init__(
        self,
        records: Iterable[Record] = (),
        *,
        partitions: int = 3,
        topics: Collection[str] = (),
        batch_size: int = 500,
        idle_s: float = 0.005,
    ) -> None:
        self.failures: list[Exception] = []
        self.reads: list[Span] = []
        self.notices: list[Notice] = []
        self.starts: dict[TopicPartition, int] = {}
        self.infos: dict[str, dict[str, object]] = defaultdict(dict)
        self.state = ConnectionState.LIVE
        self.closed = False
        self.facts: dict[str, WritingFacts] = {}
        self.progress: dict[str, Progress] = {}
        self.owners: dict[str, object] = {}
        self._batch_size = batch_size
        self._idle_s = idle_s
        self._partitions = dict.fromkeys(topics, partitions)
        self._default_partitions = partitions
        self._logs: dict[TopicPartition, list[Record]] = defaultdict(list)
        self._changed = threading.Condition()
        self.add(*records)

    @property
    def name(self) -> str:
        return "fake:9092"

    @property
    def cluster_id(self) -> str:
        return "fake"

    def add(self, *records: Record) -> None:
        """Append, each to its partition; offsets must ascend and may leave gaps."""
        with self._changed:
            for record in records:
                known = self._partitions.get(record.topic, self._default_partitions)
                self._partitions[record.topic] = max(known, record.partition + 1)
                self._logs[TopicPartition(record.topic, record.partition)].append(record)
            self._changed.notify_all()

    def append(self, *records: Record) -> tuple[Position, ...]:
        """Put each at the end of its partition; where one is missing, none is put anywhere."""
        places = [TopicPartition(record.topic, record.partition) for record in records]
        self._check(places)
        positions = []
        for record, place in zip(records, places, strict=True):
            placed = record._replace(offset=self._end(place))
            self.add(placed)
            positions.append(placed.position)
        return tuple(positions)

    def add_topic(self, name: str, partitions: int) -> None:
        """Make an empty topic."""
        self._partitions[name] = partitions

    def remove_topic(self, name: str) -> None:
        """Delete a topic with its records."""
        del self._partitions[name]
        for place in [each for each in self._logs if each.topic == name]:
            del self._logs[place]

    def topics(self, names: Collection[str] | None = None) -> tuple[TopicInfo, ...]:
        self._fail()
        wanted = sorted(self._partitions if names is None else names)
        infos = (self._info(name) for name in wanted if name in self._partitions)
        if names is None:  # as a cluster does: it is asked about compaction only by name
            return tuple(replace(info, compacted=None) for info in infos)
        return tuple(infos)

    def _info(self, name: str) -> TopicInfo:
        partitions = [TopicPartition(name, p) for p in range(self._partitions[name])]
        stamps = [r.timestamp_ms for tp in partitions for r in self._logs[tp]]
        return TopicInfo(
            name,
            tuple(
                PartitionBounds(tp.partition, self._start(tp), self._end(tp), self._end(tp))
                for tp in partitions
            ),
            last_write_ms=max((s for s in stamps if s is not None), default=None),
            **self.infos[name],  # type: ignore[arg-type]
        )

    def _start(self, partition: TopicPartition) -> int:
        log = self._logs[partition]
        return self.starts.get(partition, log[0].offset if log else 0)

    def _end(self, partition: TopicPartition) -> int:
        log = self._logs[partition]
        return log[-1].offset + 1 if log else self.starts.get(partition, 0)

    def offsets_at(
        self, time_ms: int, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, int]:
        self._fail()
        partitions = tuple(partitions)
        self._check(partitions)
        return {
            tp: next(
                (r.offset for r in self._logs[tp] if (r.timestamp_ms or 0) >= time_ms),
                self._end(tp),
            )
            for tp in partitions
        }

    def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
        self.reads.extend(spans)
        self._check([span.topic_partition for span in spans])
        for span in spans:
            yield from self._read_one(span)

    def _read_one(self, span: Span) -> Iterator[Batch]:
        tp = span.topic_partition
        found = [r for r in self._logs[tp] if span.start <= r.offset < span.end_exclusive]
        for first in range(0, len(found), self._batch_size):
            self._fail()
            part = found[first : first + self._batch_size]
            yield Batch(tuple(part), {tp: part[-1].offset + 1})
        self._fail()
        yield Batch(reached={tp: span.end_exclusive})

    def follow(self, starts: Sequence[Position]) -> Iterator[Batch]:
        positions = {start.topic_partition: start.offset for start in starts}
        self._check(positions)
        while True:
            self._fail()
            batch = self._next(positions)
            positions.update(batch.reached)
            yield batch

    def _check(self, partitions: Iterable[TopicPartition]) -> None:
        for tp in partitions:
            if tp.partition >= self._partitions.get(tp.topic, 0):
                raise SourceRefused(f"There is no partition {tp} in {self.name}.")

    def _next(self, positions: dict[TopicPartition, int]) -> Batch:
        with self._changed:
            if not self._waiting(positions) and not self.notices:
                self._changed.wait(self._idle_s)
            found = self._waiting(positions)[: self._batch_size]
            notices, self.notices = tuple(self.notices), []
        reached = {TopicPartition(r.topic, r.partition): r.offset + 1 for r in found}
        return Batch(tuple(found), reached, notices)

    def _waiting(self, positions: dict[TopicPartition, int]) -> list[Record]:
        fresh = [r for tp, at in positions.items() for r in self._logs[tp] if r.offset >= at]
        return sorted(fresh, key=lambda r: (r.timestamp_ms or 0, r.partition, r.offset))

    def writing_facts(self, topic: str) -> WritingFacts:
        self._fail()
        return self.facts.get(topic, WritingFacts())

    def connection(self) -> Connection:
        return Connection(self.state, 0.0, "")

    def close(self) -> None:
        self.closed = True

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)


class UnreachableSource(FakeSource):
    """One that refuses every question with the error it is given."""

    def __init__(self, error: SourceError) -> None:
        super().__init__()
        self._error = error

    def _fail(self) -> None:
        raise self._error


class FakeSink:
    """Writes into a fake source. Several of one source are several processes at one cluster.

    Attributes:
        failures: raised one by one, each by the next write or append, which then stores nothing.
        lost_answers: the same, but what was to be stored is stored.
        appends: how many records each append of a `once` stored, in order.
    """

    def __init__(self, source: FakeSource) -> None:
        self.source = source
        self.failures: list[Exception] = []
        self.lost_answers: list[Exception] = []
        self.appends: list[int] = []
        self.closed = False

    def create_topics(self, topics: Sequence[NewTopic]) -> None:
        for topic in topics:
            self.source.add_topic(topic.name, topic.partitions)

    def write(self, records: Sequence[Record]) -> tuple[Position, ...]:
        if self.failures:
            raise self.failures.pop(0)
        stored = self.source.append(*records)
        if self.lost_answers:
            raise self.lost_answers.pop(0)
        return stored

    def once(self, name: str, progress_at: TopicPartition) -> "FakeOnceWriter":
        return FakeOnceWriter(self, name)

    def close(self) -> None:
        self.closed = True


class FakeOnceWriter:
    """A named write into a fake source: who resumes it takes it away from who had it."""

    marker_offsets = 0

    def __init__(self, sink: FakeSink, name: str) -> None:
        self._sink = sink
        self._name = name

    def resume(self) -> Progress:
        self._sink.source.owners[self._name] = self
        return self._sink.source.progress.get(self._name, Progress())

    def append(self, records: Sequence[Record]) -> tuple[Position, ...]:
        source = self._sink.source
        if source.owners.get(self._name) is not self:
            raise TakenOver("Another kstory has taken this over.")
        if len(records) > APPEND_RECORDS_MAX:
            raise ValueError(f"{len(records)} records in one append")
        if not records:
            return ()
        records = [_timed(each) for each in records]
        done = source.progress.get(self._name, Progress()).done
        lost, self._sink.lost_answers = self._sink.lost_answers, []
        stored = self._sink.write(records)
        source.progress[self._name] = Progress(done + len(records), stored)
        self._sink.appends.append(len(records))
        if lost:
            self._sink.lost_answers = lost[1:]
            raise lost[0]
        return stored

    def close(self) -> None:
        """Nothing is held."""


def _timed(record: Record) -> Record:
    """One without a timestamp gets the present, which in these tests stands still."""
    if record.timestamp_ms is not None:
        return record
    return record._replace(timestamp_ms=START_MS, timestamp_type=TimestampType.CREATE)
