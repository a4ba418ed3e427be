"""Reading spans of partitions: records in, gaps and refusals said, positions kept."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from readers.errors import SourceUnreachable
from readers.kafka_admin import KafkaAdmin
from readers.kafka_consumer import BATCH_RECORDS, KafkaConsumer
from readers.kafka_errors import Code, is_denied
from readers.kafka_record import record_of
from readers.record import Record, Span, TopicPartition
from readers.source import Batch, Notice, NoticeKind

_PATIENCE_TURNS = 100
"""Turns of 0.1 s that a bounded read brings nothing before it gives up."""
_TRIES = 3
_NEVER = 2**63
"""Above every offset."""
_NOWHERE = TopicPartition("", -1)
_UNREADABLE = frozenset(
    {
        Code.BAD_MSG,
        Code.BAD_COMPRESSION,
        Code.INVALID_MSG,
        Code.NOT_IMPLEMENTED,
    }
)


class Reading:
    """Positions in some partitions, moved on step by step with a consumer that others use too."""

    def __init__(
        self, consumer: KafkaConsumer, admin: KafkaAdmin, positions: Mapping[TopicPartition, int]
    ) -> None:
        self._consumer = consumer
        self._admin = admin
        self._positions = dict(positions)
        self._records: list[Record] = []
        self._reached: dict[TopicPartition, int] = {}
        self._notices: list[Notice] = []
        self._failures: dict[TopicPartition, tuple[int, int]] = {}
        self._moved: set[TopicPartition] = set()

    def close(self) -> None:
        """Stop fetching."""
        self._consumer.release(self)

    def _turn(self, limit: int) -> Batch:
        """Take what lies ready, at most `limit` records."""
        self._consumer.take(self, self._positions)
        self._sort_out(self._consumer.fetch(limit))
        batch = Batch(tuple(self._records), self._reached, tuple(self._notices))
        self._records, self._reached, self._notices = [], {}, []
        return batch

    def _sort_out(self, messages: list[Any]) -> None:
        """Take what is ours in runs, and events for themselves: the loop all reading runs in."""
        self._moved.clear()
        run: list[Any] = []
        topic, number, here = "", -1, _NOWHERE
        expected, end = _NEVER, _NEVER
        for message in messages:
            if message.error() is not None:
                self._end_run(here, run, expected)
                self._on_event(message)
                number, expected = -1, _NEVER
                continue
            if message.partition() != number or message.topic() != topic:
                self._end_run(here, run, expected)
                topic, number = message.topic(), message.partition()
                here = TopicPartition(topic, number)
                expected, end = self._expected(here)
            offset = message.offset()
            if expected <= offset < end:
                run.append(message)
                expected = offset + 1
            elif expected <= offset:
                expected = end
        self._end_run(here, run, expected)

    def _end_run(self, partition: TopicPartition, run: list[Any], expected: int) -> None:
        if run:
            self._keep(partition, run)
            run.clear()
        self._advance(partition, expected)

    def _keep(self, partition: TopicPartition, run: Sequence[Any]) -> None:
        """Make records of a partition's next messages."""
        topic, number = partition
        self._records += [record_of(message, topic, number) for message in run]

    def _expected(self, partition: TopicPartition) -> tuple[int, int]:
        """The next offset to take of a partition, and where to stop.

        Of one that is not read, or was moved since these messages were fetched, none is taken:
        they are of an assignment before this one, or will come again.
        """
        if partition in self._moved:
            return _NEVER, _NEVER
        return self._positions.get(partition, _NEVER), self._end(partition)

    def _end(self, partition: TopicPartition) -> int:
        """Where to stop."""
        return _NEVER

    def _at_end(self, partition: TopicPartition, end: int) -> None:
        """The partition was read to the end of its log."""
        self._advance(partition, end)

    def _on_event(self, message: Any) -> None:
        """Something came instead of a record."""
        code = message.error().code()
        if message.topic() is None or message.partition() is None:
            return  # about the cluster, and in its health; a missing group permission is harmless
        here = TopicPartition(message.topic(), message.partition())
        if here not in self._positions or here in self._moved:
            return
        if code == Code.PARTITION_EOF:
            self._at_end(here, message.offset())
        elif code in (Code.AUTO_OFFSET_RESET, Code.LOG_TRUNCATION):
            self._out_of_range(here)
        elif code in _UNREADABLE:
            self._unreadable(here, message.error().str())
        elif code in (Code.UNKNOWN_TOPIC_OR_PART, Code.UNKNOWN_PARTITION):
            self._gone(here)
        elif is_denied(code):
            self._notice(NoticeKind.DENIED, here, f"{here} may not be read: no permission.")
            self._finish([here])

    def _gone(self, partition: TopicPartition) -> None:
        self._notices.append(deleted(partition))
        self._finish([partition])

    def _out_of_range(self, partition: TopicPartition) -> None:
        """The offset asked for is not in the log: say what is missing, go on where it is."""
        position, bounds = self._positions[partition], self._admin.bounds(partition)
        if bounds is None:
            self._gone(partition)
            return
        start, end = bounds
        if position < start:
            self._expired(partition, position, start)
        elif position <= end:
            self._move(partition, position)  # the client lost its way, after an unreadable batch
        else:
            self._notices.append(truncated(partition, end, position))
            self._move(partition, end)

    def _expired(self, partition: TopicPartition, start: int, end: int) -> None:
        self._notices.append(expired(partition, start, end))
        self._move(partition, end)

    def _unreadable(self, partition: TopicPartition, why: str) -> None:
        """Try an offset a few times, then step over it."""
        position = self._positions[partition]
        failed_at, times = self._failures.get(partition, (position, 0))
        times = times + 1 if failed_at == position else 1
        self._failures[partition] = (position, times)
        if times < _TRIES:
            # Behind a batch that it cannot read the client goes on at offsets out of nowhere.
            self._move(partition, position)
        else:
            text = f"{partition}@{position} cannot be read ({why}); it was skipped."
            self._notice(NoticeKind.UNREADABLE, partition, text, position, position + 1)
            # Its neighbours lie in the same batch, as a rule: one try is enough for them.
            self._failures[partition] = (position + 1, _TRIES - 1)
            self._move(partition, position + 1)

    def _advance(self, partition: TopicPartition, offset: int) -> None:
        if self._positions.get(partition, _NEVER) < offset < _NEVER:
            self._positions[partition] = self._reached[partition] = offset

    def _move(self, partition: TopicPartition, offset: int) -> None:
        """Go on elsewhere in a partition."""
        if offset != self._positions[partition]:
            self._positions[partition] = self._reached[partition] = offset
        self._moved.add(partition)
        self._consumer.move(self, {partition: offset})

    def _finish(self, partitions: Iterable[TopicPartition]) -> None:
        done = [each for each in partitions if self._positions.pop(each, None) is not None]
        if done:
            self._consumer.drop(self, done)

    def _notice(
        self,
        kind: NoticeKind,
        partition: TopicPartition,
        text: str,
        start: int | None = None,
        end: int | None = None,
    ) -> None:
        self._notices.append(Notice(kind, *partition, text, start, end))


def expired(partition: TopicPartition, start: int, end: int) -> Notice:
    """Retention was faster."""
    text = f"{end - start} offsets of {partition} ({start} to {end - 1}) have expired."
    return Notice(NoticeKind.EXPIRED, *partition, text, start, end)


def truncated(partition: TopicPartition, end: int, position: int) -> Notice:
    """The log is shorter than it was."""
    text = f"{partition} ends at {end} now: what lay from there to {position} is gone."
    return Notice(NoticeKind.TRUNCATED, *partition, text, end, position)


def deleted(partition: TopicPartition) -> Notice:
    """It is gone."""
    return Notice(NoticeKind.DELETED, *partition, f"{partition} does not exist any more.")


class SpanReading(Reading):
    """Spans, each read once; a partition with several is read from span to span."""

    def __init__(self, consumer: KafkaConsumer, admin: KafkaAdmin, spans: Sequence[Span]) -> None:
        self._ends: dict[TopicPartition, int] = {}
        self._later: dict[TopicPartition, list[Span]] = {}
        starts: dict[TopicPartition, int] = {}
        for span in spans:
            here = span.topic_partition
            if not span.width:
                continue
            if here in starts:
                self._later.setdefault(here, []).append(span)
            else:
                starts[here], self._ends[here] = span.start, span.end_exclusive
        super().__init__(consumer, admin, starts)
        self._idle_turns = 0
        self._short: dict[TopicPartition, int] = {}

    @property
    def done(self) -> bool:
        """Whether every span is done."""
        return not self._positions

    def step(self) -> Batch:
        """What one turn brings.

        Raises:
            SourceUnreachable: nothing came for a long time.
        """
        self._check_short()
        if self.done:
            return Batch()
        batch = self._turn(self._left())
        ends = self._ends
        self._next_spans([each for each, at in self._positions.items() if at >= ends[each]])
        progressed = bool(batch.reached or batch.notices or self.done)
        self._idle_turns = 0 if progressed else self._idle_turns + 1
        if self._idle_turns > _PATIENCE_TURNS:
            stuck = next(iter(self._positions.items()))
            raise SourceUnreachable(
                f"Nothing came from {stuck[0]}@{stuck[1]} for 10 s. "
                "Check whether the broker that leads this partition runs."
            )
        return batch

    def _end(self, partition: TopicPartition) -> int:
        return self._ends.get(partition, _NEVER)

    def _at_end(self, partition: TopicPartition, end: int) -> None:
        self._advance(partition, min(end, self._ends[partition]))
        if end < self._ends[partition]:
            self._short[partition] = end

    def _expired(self, partition: TopicPartition, start: int, end: int) -> None:
        super()._expired(partition, start, min(end, self._ends[partition]))

    def _move(self, partition: TopicPartition, offset: int) -> None:
        super()._move(partition, min(offset, self._ends[partition]))

    def _check_short(self) -> None:
        """See whether logs that ended before their spans did have grown since.

        A replica that is behind its leader says "end" too early; the leader's word counts.
        """
        for partition, end in list(self._short.items()):
            del self._short[partition]
            if self._positions.get(partition) != end:
                continue
            bounds = self._admin.bounds(partition)
            if bounds is None or bounds[1] <= end:
                self._next_spans([partition])

    def _next_spans(self, done: Sequence[TopicPartition]) -> None:
        """Go on with the next span of the partitions whose span is done."""
        moves: dict[TopicPartition, int] = {}
        for partition in done:
            later = self._later.get(partition)
            if later:
                span = later.pop(0)
                moves[partition], self._ends[partition] = span.start, span.end_exclusive
        self._finish([each for each in done if each not in moves])
        self._positions |= moves
        if moves:
            self._consumer.move(self, moves)

    def _left(self) -> int:
        width = 0
        for partition, position in self._positions.items():
            width += self._ends[partition] - position
            if width >= BATCH_RECORDS:
                return BATCH_RECORDS
        return width
