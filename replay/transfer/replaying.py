"""Playing a range into topics: in a story's order, at its pace, each record once."""

from collections.abc import Iterator
from contextlib import closing

from readers.errors import SourceRefused
from readers.record import Header, Position, Record, Span, TopicPartition
from readers.source import NoticeKind, OnceWriter, Progress, Source
from replay.event import Event
from replay.player import Schedule, StoryClock
from replay.transfer.lanes import Lanes
from replay.transfer.picks import Picks
from replay.transfer.replay_plan import ReplayPlan
from replay.transfer.sending import Clock, Due, OnceSink, RealClock, SendStep, paced, send
from replay.transfer.targets import Target, make_topics, progress_place

FROM = "kstory-replayed-from"
TIME = "kstory-replayed-timestamp"
REPLAY = "kstory-replay"
_LOSSES = frozenset(
    {NoticeKind.EXPIRED, NoticeKind.TRUNCATED, NoticeKind.DELETED, NoticeKind.RECREATED}
)
_ANOTHER = "Say --run NAME to play what is left as another replay."


class Replay:
    """One run of a replay into topics; the thread of both sources calls everything.

    Attributes:
        pace: may be paused, and set to another speed, between two steps.
        position: of the record that was handed over last; None before the first.
    """

    def __init__(
        self,
        plan: ReplayPlan,
        source: Source,
        picks: Picks,
        pace: StoryClock,
        *,
        rate: float | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._plan = plan
        self._source = source
        self._picks = picks
        self._rate = rate
        self._clock = clock or RealClock()
        self.pace = pace
        self.position: Position | None = None

    def steps(
        self, sink: OnceSink, targets: tuple[Target, ...], into: Source | None
    ) -> Iterator[SendStep]:
        """Make the topics, and play what was not sent before; it waits where nothing is due.

        `into` reads what the sink writes; None where there was nothing to read.

        Raises:
            SourceError: it cannot go on; what was told before is stored, and not sent again.
        """
        if not targets:
            yield SendStep(0)
            return
        self._check_kept()
        make_topics(sink, targets)
        with closing(sink.once(self._plan.name, progress_place(targets))) as writer:
            progress = writer.resume()
            yield SendStep(progress.done)
            yield from self._send(writer, progress, into)

    def _send(
        self, writer: OnceWriter, progress: Progress, into: Source | None
    ) -> Iterator[SendStep]:
        lanes = Lanes(self._source, self._plan.spans)
        events = lanes.events(self._picks)
        self._skip(events, progress, into)
        self.pace.play()
        turns = paced(self._dues(events, lanes), self.pace, self._clock)
        yield from send(turns, writer, already=progress.done)

    def _dues(self, events: Iterator[Event], lanes: Lanes) -> Iterator[Due[Record]]:
        schedule = Schedule(rate=self._rate)
        for event in events:
            _refuse_losses(lanes)
            self.position = event.position
            yield Due(self._outgoing(event.record), schedule.due_ms(event.time_ms))
        _refuse_losses(lanes)

    def _skip(self, events: Iterator[Event], progress: Progress, into: Source | None) -> None:
        """Pass over what is stored, and see that it is what lies in the target."""
        last: Event | None = None
        for _ in range(progress.done):
            last = next(events, None)
        if not progress.done:
            return
        if into is None or not progress.last:
            raise SourceRefused(f"What was sent last cannot be looked at. {_ANOTHER}")
        sent = _origin(into, progress.last[-1])
        if last is None or sent not in (None, str(last.position)):
            raise SourceRefused(
                "The source is not what it was when this replay began: compaction or retention "
                f"removed some of it, so it is not known what is left to send. {_ANOTHER}"
            )

    def _check_kept(self) -> None:
        """See that the ranges are still there as they were fixed."""
        kept = {
            TopicPartition(topic.name, bounds.partition): bounds.start
            for topic in self._source.topics({span.topic for span in self._plan.spans})
            for bounds in topic.partitions
        }
        for span in self._plan.spans:
            start = kept.get(span.topic_partition)
            if span.width and (start is None or start > span.start):
                raise SourceRefused(
                    f"{span.topic_partition} does not reach back to offset {span.start} any more, "
                    f"where this replay begins. {_ANOTHER}"
                )

    def _outgoing(self, record: Record) -> Record:
        marks: tuple[Header, ...] = (
            (REPLAY, self._plan.id.encode()),
            (FROM, str(record.position).encode()),
        )
        if record.timestamp_ms is not None and not self._plan.original_timestamps:
            marks += ((TIME, b"%d" % record.timestamp_ms),)
        changed = record._replace(
            topic=self._plan.mapping.get(record.topic, record.topic),
            headers=record.headers + marks,
        )
        if self._plan.original_timestamps:
            return changed
        return changed._replace(timestamp_ms=None, timestamp_type=None)


def _refuse_losses(lanes: Lanes) -> None:
    """Stop where records vanish while they are read: a later start could not count them."""
    for notice in lanes.notices:
        if notice.kind in _LOSSES:
            raise SourceRefused(f"{notice.text} {_ANOTHER}")
    lanes.notices.clear()


def _origin(into: Source, place: Position) -> str | None:
    """What a record in the target says where it comes from; None where it is gone or is silent."""
    span = Span(place.topic, place.partition, place.offset, place.offset + 1)
    for batch in into.read([span]):
        for record in batch.records:
            values = [value for name, value in record.headers if name == FROM and value]
            return values[-1].decode("utf-8", "replace") if values else None
    return None
