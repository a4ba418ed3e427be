"""Stories and states in the JSON forms of the commands."""

from collections.abc import Sequence

from readers.decoders.payload import Json
from readers.record import Position
from replay.event_json import rfc3339
from replay.fold import State
from replay.states.fingerprint import state_sha256
from replay.story import Story, StoryEvent
from replay.story_position import vector_at
from tui.render.record_json import event_document


def story_document(story: Story) -> dict[str, object]:
    """A story, whole."""
    times = story.times_ms
    first, last = (min(times), max(times)) if times else (None, None)
    return {
        "aggregate": story.aggregate,
        "stream": story.stream.name,
        "topics": list(story.topics),
        "events": [story_event_document(event) for event in story.events],
        "first": rfc3339(first),
        "last": rfc3339(last),
        "duration_ms": None if first is None or last is None else last - first,
        "complete": story.complete,
        "why": story.why,
    }


def story_event_document(event: StoryEvent) -> dict[str, object]:
    """An event with what its story says of it."""
    linked = event.told.linked
    return event_document(event.event) | {
        "n": event.n,
        "after_ms": event.told.after_ms,
        "marks": [mark.value for mark in event.marks],
        "linked": None if linked is None else str(linked),
        "says": event.says,
    }


def state_document(story: Story, state: State) -> dict[str, object]:
    """A state, with where it is and what it could not take in."""
    return {
        "aggregate": story.aggregate,
        "reducer": story.fold.reducer.name,
        "reducer_sha256": story.fold.reducer.code_sha256,
        "at": place_document(story.events, state.n),
        "vector": _vector_document(vector_at(story, state.n)),
        "events_applied": state.events_applied,
        "state": state.value,
        "state_sha256": state_sha256(state.value),
        "errors": [{"n": error.n, "error": error.error} for error in state.errors],
        "complete": story.complete,
        "why": story.why,
    }


def _vector_document(vector: Sequence[Position]) -> dict[str, dict[str, int]]:
    """Topic → partition → the last offset read."""
    document: dict[str, dict[str, int]] = {}
    for position in vector:
        document.setdefault(position.topic, {})[str(position.partition)] = position.offset
    return document


def place_document(events: Sequence[StoryEvent], n: int) -> dict[str, Json]:
    """Event `n` of a story; 0 is before the first."""
    if n == 0:
        return {"n": 0, "topic": None, "partition": None, "offset": None, "timestamp": None}
    record = events[n - 1].event.record
    return {
        "n": n,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": rfc3339(record.timestamp_ms),
    }
