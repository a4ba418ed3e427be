"""Who set what, as JSON and as lines: each leaf of a state with its event beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.cells import cell_len

from readers.decoders.payload import Json
from replay.changes import Absent
from replay.states.blame import Origin
from replay.states.pointers import parts_of, value_at
from replay.story import Story
from tui.render.safe_text import visible
from tui.render.state_view import json_text
from tui.render.story_json import place_document
from tui.render.times import Zone, time_of_day

_WIDEST = 40


@dataclass(frozen=True, slots=True)
class BlameLine:
    """One leaf, its texts made safe; `n` is its event's number, 0 for before the first."""

    pointer: str
    value: str
    n: int
    event: str
    moved: str


def blame_document(story: Story, origins: Mapping[str, Origin]) -> dict[str, dict[str, Json]]:
    """The origins by pointer; `moved` is there only where a value came from elsewhere."""
    return {pointer: _origin(story, origin) for pointer, origin in origins.items()}


def blame_lines(
    story: Story, state: Json, origins: Mapping[str, Origin], zone: Zone
) -> Iterator[BlameLine]:
    """A line for each leaf of the state."""
    for pointer, origin in origins.items():
        value = value_at(state, parts_of(pointer))
        yield BlameLine(
            visible(pointer or "(state)"),
            "—" if isinstance(value, Absent) else visible(json_text(value)),
            origin.n,
            event_text(story, origin.n, zone),
            moved_text(origin),
        )


def blame_text(
    story: Story, state: Json, origins: Mapping[str, Origin], zone: Zone
) -> Iterator[str]:
    """The same as text in columns."""
    lines = list(blame_lines(story, state, origins, zone))
    pointer_width = max((cell_len(line.pointer) for line in lines), default=0)
    value_width = max((cell_len(line.value) for line in lines), default=0)
    for line in lines:
        pointer = _padded(line.pointer, min(_WIDEST, pointer_width))
        value = _padded(line.value, min(_WIDEST, value_width))
        yield f"{pointer}  {value}  {line.event}{line.moved}"


def event_text(story: Story, n: int, zone: Zone) -> str:
    """An event in a few words: its number, time, type and place."""
    if n == 0:
        return "#0 before the first event"
    event = story.events[n - 1].event
    at = time_of_day(event.time_ms, zone)
    return visible(f"#{n} {at} {event.type or 'event'} ({event.position})")


def moved_text(origin: Origin) -> str:
    """Where a value was before it came to its place, or nothing."""
    if origin.moved is None:
        return ""
    return visible(f", moved from {origin.moved.pointer} by #{origin.moved.n}")


def _origin(story: Story, origin: Origin) -> dict[str, Json]:
    kind = story.events[origin.n - 1].event.type if origin.n else None
    document = place_document(story.events, origin.n) | {"type": kind}
    if origin.moved is not None:
        document["moved"] = {"n": origin.moved.n, "from": origin.moved.pointer}
    return document


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))
