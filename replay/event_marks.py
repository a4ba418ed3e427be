"""What stands out in a story: marks on its events, and the pauses between them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from readers.record import Position
from replay.deadletters.provenance import Provenance, provenance_of
from replay.deadletters.reading import origin_of
from replay.event import Event
from replay.streams import Stream


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
        linked: an event's dead letter, a letter's origin, or of a republished event the letter
            that it was; None where there is none.
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
    seen: set[Identity] = set()
    before: Event | None = None
    latest_ms: int | None = None
    for event in events:
        after_ms = _elapsed_ms(before, event)
        sent = provenance_of(event.record)
        marks = [*_own_marks(event, sent)]
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
        yield Marked(event, tuple(marks), after_ms, _linked(event, sent, letters))
        before = event


def _linked(
    event: Event, sent: Provenance | None, letters: Mapping[Position, Position]
) -> Position | None:
    if event.is_letter:
        return origin_of(event.record)
    return letters.get(event.position) or (None if sent is None else sent.of)


def _own_marks(event: Event, sent: Provenance | None) -> Iterator[Mark]:
    if event.error is not None:
        yield Mark.UNDECODABLE
    if event.record.value is None:
        yield Mark.TOMBSTONE
    if sent is not None:
        yield Mark.REPUBLISHED


Identity = tuple[str, str | None, str, str | None]
"""An event's topic, type, id, and how it was mended before it was sent back, if it was."""


def identity_of(event: Event) -> Identity | None:
    """What is the same when the event is delivered again; None where nothing tells.

    Letters carry their origin's id, and an id that only repeats the aggregate's is none. One that
    was mended before it was sent back is another event under the same id.
    """
    if event.event_id is None or event.is_letter or event.event_id == event.aggregate:
        return None
    sent = provenance_of(event.record)
    edited = None if sent is None else sent.edited
    return event.record.topic, event.type, event.event_id, edited


def _is_repeated(event: Event, seen: set[Identity]) -> bool:
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
