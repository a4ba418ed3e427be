"""Finding records of a cluster by raw batches, and by the Kafka client where that cannot be.

The answer is the same either way; only the speed differs, and a notice says why.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from readers.errors import SourceUnreachable
from readers.kafka_admin import KafkaAdmin
from readers.kafka_config import client_id, isolation_level
from readers.kafka_reading import deleted, expired, truncated
from readers.raw_batches.connection import Address, BrokerConnection
from readers.raw_batches.scan import Found, How, Left, RawScan, Why
from readers.raw_batches.security import LoginArguments, NotMapped, login_arguments
from readers.record import Span, TopicPartition
from readers.source import Batch, Notice, NoticeKind
from readers.wanted import Wanted

_PATIENCE_S = 10.0
_RETRY_S = 0.2
_FETCH_TIMEOUT_S = 10.0

Read = Callable[[Sequence[Span]], Iterator[Batch]]


class KafkaScan:
    """Scans the partitions of a cluster; it has no thread and no connection between two scans.

    Args:
        read: reads spans with the Kafka client.
        max_bytes_per_s: of what brokers send; None is as fast as it goes.
    """

    def __init__(
        self,
        properties: Mapping[str, str],
        admin: KafkaAdmin,
        read: Read,
        *,
        max_bytes_per_s: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._properties = properties
        self._admin = admin
        self._read = read
        self._max_bytes_per_s = max_bytes_per_s
        self._clock = clock

    def scan(self, wanted: Wanted, spans: Sequence[Span]) -> Iterator[Batch]:
        """The wanted records in the spans; each partition's in offset order.

        Raises:
            SourceUnreachable: nothing came for ten seconds.
        """
        waiting = [span for span in spans if span.width]
        try:
            how = self._how(login_arguments(self._properties))
        except NotMapped as obstacle:
            yield Batch(notices=tuple(_slower(span, str(obstacle)) for span in waiting[:1]))
            yield from self._by_client(wanted, waiting)
            return
        progressed_s = self._clock()
        while waiting:
            left: list[Span] = []
            before = waiting
            yield from self._round(wanted, waiting, how, left)
            waiting = left
            if _width(waiting) < _width(before):
                progressed_s = self._clock()
            elif self._clock() - progressed_s > _PATIENCE_S:
                raise _stuck(waiting[0])
            if waiting:
                time.sleep(_RETRY_S)
                yield Batch()

    def _round(
        self, wanted: Wanted, spans: Sequence[Span], how: How, left: list[Span]
    ) -> Iterator[Batch]:
        """Ask the present leaders; what has to be asked again goes to `left`."""
        leaders = self._leaders({span.topic for span in spans})
        ready = [span for span in spans if span.topic_partition in leaders]
        left += [span for span in spans if span.topic_partition not in leaders]
        for step in RawScan(wanted, ready, leaders, how).steps():
            match step:
                case Found():
                    yield Batch(step.records, {step.place: step.reached})
                case Left(why=Why.MOVED):
                    left.append(step.span)
                case Left(why=Why.OUT_OF_RANGE):
                    yield self._out_of_range(step.span, left)
                case Left():
                    yield from self._by_client(wanted, [step.span])
                case None:
                    yield Batch()

    def _how(self, login: LoginArguments) -> How:
        committed = isolation_level(self._properties) == "read_committed"
        name = self._properties.get("client.id") or client_id()
        return How(
            connect=lambda: BrokerConnection(name, login, committed=committed),
            committed=committed,
            timeout_s=_FETCH_TIMEOUT_S,
            max_bytes_per_s=self._max_bytes_per_s,
        )

    def _leaders(self, topics: set[str]) -> dict[TopicPartition, Address]:
        return {
            TopicPartition(facts.name, number): Address(*leader)
            for facts in self._admin.facts(topics).values()
            for number, leader in facts.leaders.items()
        }

    def _by_client(self, wanted: Wanted, spans: Sequence[Span]) -> Iterator[Batch]:
        for batch in self._read(spans):
            found = tuple(record for record in batch.records if wanted.holds(record))
            yield Batch(found, batch.reached, batch.notices)

    def _out_of_range(self, span: Span, left: list[Span]) -> Batch:
        """The log is another than it was: say what is missing, and go on where it is."""
        place = span.topic_partition
        bounds = self._admin.bounds(place)
        if bounds is None:
            return Batch(notices=(deleted(place),))
        start, end = bounds
        if span.start > end:
            return Batch(notices=(truncated(place, end, span.start),))
        if span.start >= start:
            left.append(span)
            return Batch()
        start = min(start, span.end_exclusive)
        if start < span.end_exclusive:
            left.append(Span(*place, start, span.end_exclusive))
        return Batch((), {place: start}, (expired(place, span.start, start),))


def _slower(span: Span, why: str) -> Notice:
    text = f"Records are read one by one, not in batches, which is slower: {why}."
    return Notice(NoticeKind.SLOWER, span.topic, span.partition, text)


def _stuck(span: Span) -> SourceUnreachable:
    return SourceUnreachable(
        f"Nothing came from {span.topic_partition}@{span.start} for {_PATIENCE_S:.0f} s. "
        "Check whether the broker that leads this partition runs."
    )


def _width(spans: Sequence[Span]) -> int:
    return sum(span.width for span in spans)
