"""The demo at work: new orders as time passes, and services that take what is sent back."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from readers.partitioners import java_partition
from readers.record import Position, Record
from readers.search import find_key
from readers.source import Source
from replay.demo.catalog import INCIDENT_KEY, ORDERS, PARTITIONS, demo_topics
from replay.demo.dataset import SEED, Demo
from replay.demo.facts import header_text, order_number
from replay.demo.live import LiveDemo
from replay.demo.outlet import Outlet
from replay.demo.services import Services

_BETWEEN_TURNS_S = 0.2
_TOPICS = tuple(topic.name for topic in demo_topics())


class StopEvent(Protocol):
    """What is needed of a `threading.Event`."""

    def is_set(self) -> bool:
        """Whether to stop."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait, and say whether to stop."""
        ...


def system_clock_ms() -> int:
    """Now, since the epoch."""
    return time.time_ns() // 1_000_000


class RunningDemo:
    """Orders and services on one source; everything in the thread that calls `run`."""

    def __init__(
        self, source: Source, outlet: Outlet, orders: LiveDemo, say: Callable[[str], None]
    ) -> None:
        """`say` is told what was sent back and what follows, with text of records as it is."""
        self._source = source
        self._outlet = outlet
        self._orders = orders
        self._say = say
        self._services = Services()
        self._unwritten: tuple[Record, ...] = ()
        self._done: list[str] = []
        self._waits_for: str | None = None

    def run(
        self,
        starts: Sequence[Position],
        stop: StopEvent,
        clock_ms: Callable[[], int] = system_clock_ms,
    ) -> None:
        """Go on until `stop` is set; what was sent back is taken from the positions on.

        Raises:
            SourceError: the source cannot be read, or cannot be written to.
        """
        for batch in self._source.follow(starts):
            if stop.is_set():
                return
            for record in self._services.hear(batch.records, clock_ms()):
                self._say(f"{record.position} was sent back: {_name(record)}.")
            self._write(clock_ms())
            if not batch.records:
                stop.wait(_BETWEEN_TURNS_S)

    def _write(self, now_ms: int) -> None:
        """What is due; while somebody else writes nothing more is begun."""
        if not self._unwritten:
            answers = self._services.due(now_ms, self._order_records)
            self._unwritten = (*answers, *self._orders.due(now_ms))
            self._done = [_sentence(record) for record in answers]
        if not self._unwritten:
            return
        waits_for = self._outlet.write(self._unwritten)
        if waits_for is None:
            self._unwritten = ()
            for sentence in self._done:
                self._say(sentence)
        elif waits_for != self._waits_for:
            self._say(f"Waiting: {waits_for}")
        self._waits_for = waits_for

    def _order_records(self, key: bytes) -> Sequence[Record]:
        return list(order_records(self._source, key))


def order_records(source: Source, key: bytes) -> Iterator[Record]:
    """An order's records and letters, from the partitions where the Java client puts its key."""
    topics = source.topics(_TOPICS)
    partition = java_partition(key, PARTITIONS)
    spans = [span for topic in topics for span in topic.spans if span.partition == partition]
    for step in find_key(source, key, topics, spans):
        yield from step.records


def where_to_begin(source: Source, *, at_end: bool) -> tuple[Position, ...]:
    """The positions from which what is sent back is taken: the topics' ends, or all of them.

    Who takes all of them takes also what was sent back while no demo was running.
    """
    return tuple(
        Position(topic.name, bounds.partition, bounds.end_exclusive if at_end else bounds.start)
        for topic in source.topics(_TOPICS)
        for bounds in topic.partitions
    )


def demo_in(source: Source, now_ms: int) -> Demo | None:
    """The demo that a source holds, to be gone on with from now; None where it holds none."""
    counts = {topic.name: len(topic.partitions) for topic in source.topics(_TOPICS)}
    if any(counts.get(name) != PARTITIONS for name in _TOPICS):
        return None
    if next(order_records(source, INCIDENT_KEY.encode()), None) is None:
        return None
    (orders,) = source.topics([ORDERS])
    numbers = [
        order_number(record.key) or 0
        for batch in source.read(orders.spans)
        for record in batch.records
    ]
    return Demo((), (), now_ms, SEED, 1 + max(numbers))


def _sentence(answer: Record) -> str:
    failed = header_text(answer, "kafka_dlt-original-consumer-group")
    if failed:
        return f"{failed} fails again, and writes a letter into {answer.topic}: {_name(answer)}."
    return f"{header_text(answer, 'service')} writes {_name(answer)}."


def _name(record: Record) -> str:
    return f"{header_text(record, 'eventType')} of {(record.key or b'').decode()}"
