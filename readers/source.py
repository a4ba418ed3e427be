"""The seams: what every source of records offers, and what can be written to.

Everything above `readers/` is written against these Protocols and works the same on each source.
One thread owns a source from its first call to `close()`; others may only ask for `connection`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from readers.record import Position, Record, Span, TopicPartition
from readers.recording_parts import RecordedRun
from readers.wanted import Wanted


@dataclass(frozen=True, slots=True)
class PartitionBounds:
    """The offsets that can be read of one partition.

    Attributes:
        start: the first offset still kept.
        end_exclusive: where a reader of this source stops now; under read_committed the last
            stable offset, which an open transaction holds back.
        high_watermark: where the log ends, whether or not it can be read yet.
    """

    partition: int
    start: int
    end_exclusive: int
    high_watermark: int


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """A topic as its source knows it.

    Attributes:
        partitions: ascending by number; empty where `error` says why they are not known.
        size_bytes: None where the source does not tell.
        last_write_ms: the newest timestamp in it; None where there is none or it is not told.
        compacted: whether compaction removes records of it; None where that may not be asked.
        topic_id: changes when a topic is deleted and made again; None where there is none.
        error: why this topic cannot be read, or None.
        recorded: the runs that recorded it; empty where it is no recording, or nobody says.
    """

    name: str
    partitions: tuple[PartitionBounds, ...]
    size_bytes: int | None = None
    last_write_ms: int | None = None
    compacted: bool | None = None
    topic_id: str | None = None
    internal: bool = False
    error: str | None = None
    recorded: tuple[RecordedRun, ...] = ()

    @property
    def offsets_count(self) -> int:
        """Offsets between start and end: an upper bound of its records."""
        return sum(bounds.end_exclusive - bounds.start for bounds in self.partitions)

    @property
    def spans(self) -> tuple[Span, ...]:
        """All of it, a span a partition."""
        return tuple(
            Span(self.name, bounds.partition, bounds.start, bounds.end_exclusive)
            for bounds in self.partitions
        )


class NoticeKind(Enum):
    """What a reader has to be told about besides records."""

    EXPIRED = "expired"
    """Retention removed the offsets of [start, end) before they could be read."""
    TRUNCATED = "truncated"
    """The log ends at `start` now: the offsets of [start, end) that were there are gone."""
    UNREADABLE = "unreadable"
    """The offsets of [start, end) hold bytes that the client cannot read; they were skipped."""
    DENIED = "denied"
    """The partition may not be read."""
    DELETED = "deleted"
    """The topic is gone."""
    RECREATED = "recreated"
    """The topic was deleted and made again: what follows is another topic's."""
    PARTITIONS_ADDED = "partitions-added"
    """The topic has more partitions than before; `partition` is the first new one."""
    SLOWER = "slower"
    """Everything is read, but not in the fastest way."""
    REMEMBERED = "remembered"
    """Some of it was searched before, and is not read again."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to a partition under a reader; `text` says it in one sentence."""

    kind: NoticeKind
    topic: str
    partition: int
    text: str
    start: int | None = None
    end_exclusive: int | None = None

    @property
    def is_loss(self) -> bool:
        """Whether records may be missing for it."""
        return self.kind not in (NoticeKind.SLOWER, NoticeKind.REMEMBERED)


@dataclass(frozen=True, slots=True)
class Passed:
    """Records of one partition that were passed over: so many lie in the span, and can be read."""

    span: Span
    count: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What one turn of a read brought; it may be nothing.

    Attributes:
        records: within a partition ascending by offset; partitions are mixed as they came.
        reached: for each partition that advanced, the next offset to be read. It passes offsets
            that hold no record (transaction markers, aborted or compacted records).
        passed: what lies before the records and was left out, at most once a partition; only a
            follow that was asked for the newest (`readers.newest`) leaves anything out.
    """

    records: tuple[Record, ...] = ()
    reached: Mapping[TopicPartition, int] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    passed: tuple[Passed, ...] = ()


class ConnectionState(Enum):
    """How a source is doing."""

    OPENING = "opening"
    LIVE = "live"
    SILENT = "silent"
    """Connected, but no answer for some seconds."""
    GONE = "gone"
    """Not connected; it is being tried again."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A source's state, since when (monotonic seconds), and what it said last."""

    state: ConnectionState
    since_s: float
    text: str = ""


class Source(Protocol):
    """Where records come from. Reading changes nothing, ever.

    Every call raises `SourceError` when the source cannot be reached in time or refuses; a read, a
    follow or a time in a partition that does not exist is refused.
    """

    @property
    def name(self) -> str:
        """What it is called on screen: a bootstrap address, a path."""
        ...

    @property
    def cluster_id(self) -> str:
        """A stable identity, the same for every way to reach it."""
        ...

    def topics(self, names: Collection[str] | None = None) -> tuple[TopicInfo, ...]:
        """Topics with their bounds, by name; those of `names` that do not exist are left out."""
        ...

    def offsets_at(
        self, time_ms: int, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, int]:
        """The first offset of each partition whose timestamp is at least `time_ms`.

        A partition with no such record gives its end.
        """
        ...

    def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
        """What lies in the spans, once; ends when every span is done.

        A step waits 0.2 s at most and may bring nothing. Reads and follows of one source may be
        interleaved, step by step, on its thread.
        """
        ...

    def follow(self, starts: Sequence[Position]) -> Iterator[Batch]:
        """Records from the positions on, as they come; never ends. A step waits 0.2 s at most."""
        ...

    def connection(self) -> Connection:
        """How it is doing, without waiting; any thread may ask."""
        ...

    def close(self) -> None:
        """Let go of everything; it may take 2 s."""
        ...


class KeyIndexed(Protocol):
    """A source that answers a key from an index, without reading what lies between."""

    def read_key(self, key: bytes | None, spans: Sequence[Span]) -> Iterator[Batch]:
        """The records with exactly this key in the spans; each partition's in offset order."""
        ...


class Scans(Protocol):
    """A source that finds records by their bytes, without making objects of the others."""

    def scan(self, wanted: Wanted, spans: Sequence[Span]) -> Iterator[Batch]:
        """The wanted records in the spans, once; each partition's in offset order.

        A step waits 0.2 s at most; a reader of `escaped` texts looks at what it gets again.
        """
        ...


@dataclass(frozen=True, slots=True)
class NewTopic:
    """A topic to be made; `config` are the broker's own names and values."""

    name: str
    partitions: int
    config: Mapping[str, str]


class Sink(Protocol):
    """Where records go. Nothing but a sink changes a source."""

    def create_topics(self, topics: Sequence[NewTopic]) -> None:
        """Make the topics that do not exist; those that do are left as they are.

        Raises:
            SourceRefused: one exists with another number of partitions, or may not be made.
        """
        ...

    def write(self, records: Sequence[Record]) -> tuple[Position, ...]:
        """Append the records, each to its own partition; their own offsets are ignored.

        Returns once all are stored, with where each one lies now, in the order given.
        """
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


APPEND_RECORDS_MAX = 50
"""Of an `OnceWriter`: an open transaction holds back who reads committed records."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a named write is: `done` of its records are stored.

    Attributes:
        last: where those of the latest append lie, in its order; empty before the first.
    """

    done: int = 0
    last: tuple[Position, ...] = ()


class OnceWriter(Protocol):
    """Appends the records of one named write, each exactly once, however often it is started.

    Records and progress are stored together or not at all: after a kill at any moment, `resume`
    tells how many of the records a reader of committed records will see.

    Attributes:
        marker_offsets: so many offsets of each partition an append takes behind its records, for
            the marker of its transaction.
    """

    marker_offsets: int

    def resume(self) -> Progress:
        """Take the write over: whoever had it before cannot append any more.

        Raises:
            SourceRefused: someone else is at it and cannot be made to stop, or it is not permitted.
        """
        ...

    def append(self, records: Sequence[Record]) -> tuple[Position, ...]:
        """Append the next records, 50 at most, each to its own partition; all of them or none.

        A reader of committed records sees them a moment later. One without a timestamp gets the
        present. After an error, `resume` tells how it stands, and makes it possible to go on.

        Raises:
            TakenOver: another one goes on with the write, and knows what is stored.
            SourceRefused: it is refused, and nothing of this append is stored.
            SourceUnreachable: whether they are stored is not known before `resume` is called on
                a new writer of the same name.
        """
        ...

    def close(self) -> None:
        """Let go; what was appended stays."""
        ...


class WritesOnce(Protocol):
    """A sink that can write so that nothing is lost or doubled, whatever happens to us."""

    def once(self, name: str, progress_at: TopicPartition) -> OnceWriter:
        """The write of this name.

        A cluster keeps its progress as an offset of `progress_at`, an existing partition, of a
        consumer group that nobody else has.
        """
        ...


@dataclass(frozen=True, slots=True)
class WritingFacts:
    """What has to be known before something is written into a topic; None is not told.

    Attributes:
        may_write: the source permits it.
        max_message_bytes: of a batch, as the topic limits it.
        consumer_groups: those that read the topic, by their committed offsets; sorted.
    """

    may_write: bool | None = None
    max_message_bytes: int | None = None
    consumer_groups: tuple[str, ...] | None = None


class TellsWritingFacts(Protocol):
    """A source that knows such facts; asking changes nothing."""

    def writing_facts(self, topic: str) -> WritingFacts:
        """The facts of one topic."""
        ...
