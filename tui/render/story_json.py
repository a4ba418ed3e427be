"""Stories and states in the JSON forms of the commands."""

from collections.abc import Sequence

from readers.decoders.payload import Json
from replay.event_json import rfc3339
from replay.fold import State
from replay.story import Story, StoryEvent
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
        "at": place_document(story.events, state.n),
        "events_applied": state.events_applied,
        "state": state.value,
        "errors": [{"n": error.n, "error": error.error} for error in state.errors],
        "complete": story.complete,
        "why": story.why,
    }


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
