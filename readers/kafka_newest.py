"""Following partitions at any rate: the client's messages become records only if they are shown."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from readers.kafka_admin import KafkaAdmin
from readers.kafka_consumer import KafkaConsumer
from readers.kafka_record import record_of
from readers.kafka_tail import TailReading
from readers.newest import FRAME_S, Allowance, Newest
from readers.record import Position, TopicPartition
from readers.source import Batch, ConnectionState


class NewestReading(TailReading):
    """A follow whose steps each bring what came since the last one, the newest of it as records.

    A step begins 0.05 s after the one before at the earliest: the client collects meanwhile, and
    one large fetch holds the interpreter less often than many small ones.
    """

    def __init__(
        self,
        consumer: KafkaConsumer,
        admin: KafkaAdmin,
        starts: Sequence[Position],
        clock: Callable[[], float],
        state: Callable[[], ConnectionState],
        *,
        per_s: int,
    ) -> None:
        super().__init__(consumer, admin, starts, clock, state)
        self._clock = clock
        self._allowance = Allowance(per_s, clock)
        self._newest = _newest_messages(1)
        self._frame_s = clock()

    def _turn(self, limit: int) -> Batch:
        """Take all that lies ready, for 0.05 s at the most."""
        self._newest = _newest_messages(self._allowance.left())
        self._begin_frame()
        while True:
            self._consumer.take(self, self._positions)
            messages = self._consumer.fetch(limit)
            self._sort_out(messages)
            if len(messages) < limit or self._notices or self._clock() - self._frame_s >= FRAME_S:
                return self._frame()

    def _begin_frame(self) -> None:
        early_s = self._frame_s + FRAME_S - self._clock()
        if early_s > 0:
            time.sleep(min(early_s, FRAME_S))
        self._frame_s = self._clock()

    def _keep(self, partition: TopicPartition, run: Sequence[Any]) -> None:
        self._newest.add(partition, run)

    def _frame(self) -> Batch:
        chosen, passed = self._newest.chosen()
        records = tuple(
            record_of(message, *place) for place, kept in chosen.items() for message in kept
        )
        self._allowance.spend(len(records))
        batch = Batch(records, self._reached, tuple(self._notices), passed)
        self._reached, self._notices = {}, []
        return batch


def _newest_messages(limit: int) -> Newest[Any]:
    return Newest(limit, _offset_of, _time_of)


def _offset_of(message: Any) -> int:
    offset: int = message.offset()
    return offset


def _time_of(message: Any) -> int:
    time_ms: int = message.timestamp()[1]
    return time_ms
