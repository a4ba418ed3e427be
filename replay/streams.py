"""Which topics tell one story together, and how their records are read; with good guesses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from readers.decoders.chain import decode
from readers.decoders.payload import Payload
from readers.record import Record
from replay.event import Event
from replay.event_time import parse_time_ms
from replay.locator import Locator

DEFAULT_TYPE = tuple(
    map(
        Locator.parse,
        ("header:eventType", "header:type", "header:ce_type", "header:__TypeId__",
         "value.type", "value.eventType", "value.event", "value.@type"),
    )
)  # fmt: skip
DEFAULT_EVENT_ID = tuple(
    map(
        Locator.parse,
        ("header:eventId", "header:ce_id", "header:id", "value.eventId", "value.id"),
    )
)
DEFAULT_GAP_MS = 60_000
DEFAULT_REDUCER_TIMEOUT_MS = 250
DEFAULT_REDUCER_MEMORY_MB = 1_024


@dataclass(frozen=True, slots=True)
class Stream:
    """Topics that together tell the story of one kind of aggregate.

    Attributes:
        topics: where its events are; `dead_letters`: where its dead letters end up.
        aggregate_id, event_type, event_id: places to look, the first that holds something counts.
        time: where an event says when it happened; None takes the record's timestamp.
        reducer: a reducer's name or FILE.py:NAME; None leaves the choice to the events' types.
        reducer_refused: why that reducer may not be run, or None.
        reducer_timeout_ms, reducer_memory_mb: what it may cost, if it is not one of kstory's own.
        gap_ms: a pause longer than this stands out; `step_gaps_ms` says so for one kind of step,
            by the types before and after it.
        guessed: nobody configured it.
    """

    name: str
    topics: tuple[str, ...]
    dead_letters: tuple[str, ...] = ()
    aggregate_id: tuple[Locator, ...] = (Locator("key"),)
    event_type: tuple[Locator, ...] = DEFAULT_TYPE
    event_id: tuple[Locator, ...] = DEFAULT_EVENT_ID
    time: Locator | None = None
    reducer: str | None = None
    reducer_refused: str | None = None
    reducer_timeout_ms: int = DEFAULT_REDUCER_TIMEOUT_MS
    reducer_memory_mb: int = DEFAULT_REDUCER_MEMORY_MB
    gap_ms: int = DEFAULT_GAP_MS
    step_gaps_ms: Mapping[tuple[str, str], int] = field(default_factory=dict)
    guessed: bool = True

    @property
    def all_topics(self) -> tuple[str, ...]:
        """Its topics, then those of its dead letters."""
        return self.topics + self.dead_letters

    def event(self, record: Record) -> Event:
        """What the record says, by this stream's reading."""
        payload = decode(record)

        def first(places: Sequence[Locator]) -> str | None:
            found = (place.text_in(record, payload) for place in places)
            return next((text for text in found if text is not None), None)

        return Event(
            record=record,
            payload=payload,
            type=first(self.event_type),
            aggregate=first(self.aggregate_id),
            event_id=first(self.event_id),
            time_ms=self._time_ms(record, payload),
            is_letter=record.topic in self.dead_letters,
        )

    def _time_ms(self, record: Record, payload: Payload) -> int | None:
        if self.time is None:
            return record.timestamp_ms
        told = parse_time_ms(self.time.text_in(record, payload))
        return record.timestamp_ms if told is None else told
