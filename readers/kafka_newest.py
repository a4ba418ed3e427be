"""Following partitions at any rate: the client's messages become records only if they are shown."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from readers.kafka_admin import KafkaAdmin, TopicFacts
from readers.kafka_consumer import KafkaConsumer
from readers.kafka_record import record_of
from readers.kafka_tail import TailReading
from readers.newest import FRAME_S, Allowance, Newest
from readers.record import Position, TopicPartition
from readers.source import Batch, ConnectionState

if TYPE_CHECKING:
    from readers.kafka_flood import Flood

_FLOOD_PER_S = 40_000
"""What comes faster is read by whole batches, with connections of our own beside the client's."""
_FLOOD_SHOWN = 50
"""Of a flood no more is shown of a frame than a screen holds: twenty times a second all is new."""
_CALM_FRAMES = 100
"""After so many with less than a quarter of a flood it is over."""
_SAVED_S = 0.1
"""Who begins to follow in the midst of a flood is not to have a second's records at once."""
_AGAIN_S = 30.0
"""Where batches could not be read they are tried again after so long."""


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
        properties: Mapping[str, str],
    ) -> None:
        super().__init__(consumer, admin, starts, clock, state)
        self._clock = clock
        self._properties = properties
        self._allowance = Allowance(per_s, clock, saved_s=_SAVED_S)
        self._newest = _newest_messages(1)
        self._frame_s = clock()
        self._flood: Flood | None = None
        self._flood_records = _FLOOD_PER_S * FRAME_S
        self._calm_frames = 0
        self._no_flood_before_s = clock()

    def close(self) -> None:
        """Stop fetching."""
        self._end_flood()
        super().close()

    def _compare(self, found: Mapping[str, TopicFacts] | None) -> None:
        if found is not None and found != self._known:
            self._end_flood()
        super()._compare(found)

    def _turn(self, limit: int) -> Batch:
        """Take all that lies ready, for 0.05 s at the most."""
        self._begin_frame()
        if self._flood is not None:
            return self._by_batches(self._flood)
        self._newest = _newest_messages(self._allowance.left())
        came = 0
        while True:
            self._consumer.take(self, self._positions)
            messages = self._consumer.fetch(limit)
            came += len(messages)
            self._sort_out(messages)
            if len(messages) < limit or self._notices or not self._is_in_frame():
                break
        if came >= self._flood_records and self._frame_s >= self._no_flood_before_s:
            self._begin_flood()
        return self._frame()

    def _by_batches(self, flood: "Flood") -> Batch:
        from readers.kafka_flood import FloodOver

        self._consumer.stay_awake()
        limit = min(self._allowance.left(), _FLOOD_SHOWN)
        try:
            newest, reached = flood.newest(self._positions, limit, self._is_in_frame)
        except FloodOver:
            self._no_flood_before_s = self._clock() + _AGAIN_S
            self._end_flood()
            return Batch()
        for place, offset in reached.items():
            self._advance(place, offset)
        chosen, passed = newest.chosen()
        records = tuple(record for kept in chosen.values() for record in kept)
        self._allowance.spend(len(records))
        came = len(records) + sum(each.count for each in passed)
        self._calm_frames = self._calm_frames + 1 if came < self._flood_records / 4 else 0
        if self._calm_frames >= _CALM_FRAMES:
            self._end_flood()
        batch = Batch(records, self._reached, tuple(self._notices), passed)
        self._reached, self._notices = {}, []
        return batch

    def _begin_flood(self) -> None:
        from readers.kafka_flood import FloodOver, open_flood  # with a client of its own: 0.1 s

        try:
            self._flood = open_flood(self._properties, self._known, self._positions)
        except FloodOver:
            self._no_flood_before_s = self._clock() + _AGAIN_S
            return
        self._calm_frames = 0
        self._consumer.rest(self)

    def _end_flood(self) -> None:
        flood, self._flood = self._flood, None
        if flood is not None:
            flood.close()

    def _begin_frame(self) -> None:
        early_s = self._frame_s + FRAME_S - self._clock()
        if early_s > 0:
            time.sleep(min(early_s, FRAME_S))
        self._frame_s = self._clock()

    def _is_in_frame(self) -> bool:
        return self._clock() - self._frame_s < FRAME_S

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
