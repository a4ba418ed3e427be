"""The order a story is told in: a k-way merge of partitions, never against one's own order.

Across partitions the earlier time comes first, then the topic's name, then the partition's number.
A partition's own events stay in offset order even where their times go backwards. Where times tie,
an event waits for the one it names as its cause.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from readers.record import TopicPartition
from replay.event import Event

CAUSATION_HEADERS = ("causationId", "causation-id", "causation_id", "ce_causationid")


class _Lane:
    """One partition's events, as far as they had to be looked at."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._events = iter(events)
        self._ahead: deque[Event] = deque()
        self._time_ms = 0
        self.place = TopicPartition("", 0)
        self._fill()
        if self._ahead:
            self.place = self._ahead[0].position.topic_partition

    def _fill(self) -> bool:
        event = next(self._events, None)
        if event is not None:
            self._ahead.append(event)
        return event is not None

    @property
    def head(self) -> Event | None:
        return self._ahead[0] if self._ahead else None

    @property
    def time_ms(self) -> int:
        """The head's time; one that has none follows at once on the event before it."""
        told = self._ahead[0].time_ms
        return self._time_ms if told is None else told

    def pop(self) -> Event:
        self._time_ms = self.time_ms
        event = self._ahead.popleft()
        if not self._ahead:
            self._fill()
        return event

    def ids_at(self, time_ms: int) -> set[str]:
        """The ids of the events ahead that are told by this time."""
        ids = set()
        index = 0
        while index < len(self._ahead) or self._fill():
            event = self._ahead[index]
            # One whose time went backwards is told at once, so it hides none behind it.
            if event.time_ms is not None and event.time_ms > time_ms:
                break
            if event.event_id is not None:
                ids.add(event.event_id)
            index += 1
        return ids


def merge(partitions: Sequence[Iterable[Event]]) -> Iterator[Event]:
    """All events in a story's order, each partition's given in offset order; reads lazily."""
    lanes = [lane for lane in map(_Lane, partitions) if lane.head is not None]
    while lanes:
        time_ms = min(lane.time_ms for lane in lanes)
        tied = sorted((lane for lane in lanes if lane.time_ms == time_ms), key=lambda x: x.place)
        lane = tied[0] if len(tied) == 1 else _unblocked(tied, time_ms)
        yield lane.pop()
        if lane.head is None:
            lanes.remove(lane)


def is_tie(before: Event, event: Event) -> bool:
    """Whether two neighbours of a story have the same time, and no offsets to tell their order."""
    apart = before.position.topic_partition != event.position.topic_partition
    return apart and event.time_ms is not None and event.time_ms == before.time_ms


def _unblocked(tied: Sequence[_Lane], time_ms: int) -> _Lane:
    for lane in tied:
        cause = lane.head and causation_id(lane.head)
        others = (other for other in tied if other is not lane)
        if cause is None or not any(cause in other.ids_at(time_ms) for other in others):
            return lane
    return tied[0]  # each waits for another: no order is more right


def causation_id(event: Event) -> str | None:
    """The id of the event that this one names as its cause."""
    for name, value in event.record.headers:
        if value is not None and name in CAUSATION_HEADERS:
            return value.decode("utf-8", "replace")
    return None
