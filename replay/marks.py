"""What stands out in a story: marks on its events, and the pauses between them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from readers.record import Position
from replay.deadletters.reading import origin_of
from replay.event import Event
from replay.streams import Stream

REPLAY_OF_HEADER = "kstory-replay-of"


class Mark(Enum):
    """Why an event stands out; the value is its name in JSON."""

    DUPLICATE = "duplicate"
    LATE = "late"
    GAP = "gap"
    UNDECODABLE = "undecodable"
    TOMBSTONE = "tombstone"
    DEAD_LETTERED = "dead-lettered"
    REPUBLISHED = "republished"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Marked:
    """An event with its marks.

    Attributes:
        after_ms: the time since the event before it in the story, negative where it is late; None
            for the first, and where one of the two has no time.
        linked: an event's dead letter, or a letter's origin; None where there is none.
    """

    event: Event
    marks: tuple[Mark, ...]
    after_ms: int | None
    linked: Position | None


def letters_by_origin(events: Iterable[Event]) -> dict[Position, Position]:
    """Where the dead letters among the events came from: origin → letter; the last one counts."""
    origins = ((origin_of(event.record), event) for event in events if event.is_letter)
    return {origin: event.position for origin, event in origins if origin is not None}


def mark(
    events: Iterable[Event], stream: Stream, letters: Mapping[Position, Position]
) -> Iterator[Marked]:
    """Mark events given in a story's order."""
    seen: set[tuple[str, str | None, str]] = set()
    before: Event | None = None
    latest_ms: int | None = None
    for event in events:
        after_ms = _elapsed_ms(before, event)
        marks = [*_own_marks(event)]
        if _is_repeated(event, seen):
            marks.append(Mark.DUPLICATE)
        if event.time_ms is not None:
            # From the latest and not from the one before: after a late event there was no pause.
            pause_ms = 0 if latest_ms is None else event.time_ms - latest_ms
            if pause_ms < 0:
                marks.append(Mark.LATE)
            if before is not None and pause_ms > _limit(before, event, stream):
                marks.append(Mark.GAP)
            latest_ms = event.time_ms if latest_ms is None else max(latest_ms, event.time_ms)
        if event.position in letters:
            marks.append(Mark.DEAD_LETTERED)
        linked = origin_of(event.record) if event.is_letter else letters.get(event.position)
        yield Marked(event, tuple(marks), after_ms, linked)
        before = event


def _own_marks(event: Event) -> Iterator[Mark]:
    if event.error is not None:
        yield Mark.UNDECODABLE
    if event.record.value is None:
        yield Mark.TOMBSTONE
    if any(name == REPLAY_OF_HEADER for name, _ in event.record.headers):
        yield Mark.REPUBLISHED


def identity_of(event: Event) -> tuple[str, str | None, str] | None:
    """What is the same when the event is delivered again; None where nothing tells.

    Letters carry their origin's id, and an id that only repeats the aggregate's is none.
    """
    if event.event_id is None or event.is_letter or event.event_id == event.aggregate:
        return None
    return event.record.topic, event.type, event.event_id


def _is_repeated(event: Event, seen: set[tuple[str, str | None, str]]) -> bool:
    """Whether the same event was told before. Adds it to those seen."""
    identity = identity_of(event)
    if identity is None:
        return False
    if identity in seen:
        return True
    seen.add(identity)
    return False


def _elapsed_ms(before: Event | None, event: Event) -> int | None:
    if before is None or before.time_ms is None or event.time_ms is None:
        return None
    return event.time_ms - before.time_ms


def _limit(before: Event, event: Event, stream: Stream) -> int:
    step = (before.type or "", event.type or "")
    return stream.step_gaps_ms.get(step, stream.gap_ms)
