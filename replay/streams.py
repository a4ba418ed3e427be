"""Which topics tell one story together, and how their records are read; with good guesses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from readers.decoders.chain import decode
from readers.record import Record
from readers.source import TopicInfo
from replay.deadletters.topics import is_dead_letter_name, origin_topic_by_name
from replay.event import Event
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


@dataclass(frozen=True, slots=True)
class Stream:
    """Topics that together tell the story of one kind of aggregate.

    Attributes:
        topics: where its events are; `dead_letters`: where its dead letters end up.
        aggregate_id, event_type, event_id: places to look, the first that holds something counts.
        time: where an event says when it happened; None takes the record's timestamp.
        reducer: a reducer's name or FILE.py:NAME; None leaves the choice to the events' types.
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
    gap_ms: int = DEFAULT_GAP_MS
    step_gaps_ms: Mapping[tuple[str, str], int] = field(default_factory=dict)
    guessed: bool = True
