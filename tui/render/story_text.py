"""A story as text, Markdown, HTML or SVG: what one pastes into an incident channel."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO

from rich.console import Console
from rich.text import Text

from replay.story import Story, StoryEvent
from tui.render.safe_text import visible
from tui.render.times import Zone, date_and_time, pause, time_of_day

_MARKDOWN_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]<>()#|~!"})
_PAUSE_WIDTH = 12


def story_lines(story: Story, zone: Zone) -> Iterator[str]:
    """A line of what it is, one an event, and a last one that says how complete it is."""
    yield f"{story.aggregate} · stream {story.stream.name} · times are {zone.name}"
    width = len(str(len(story.events)))
    day = ""
    for event in story.events:
        at_ms = event.event.time_ms
        today = date_and_time(at_ms, zone)[:10]
        if today != day and at_ms is not None:
            day = today
            yield f"— {day} —"
        yield _event_line(event, zone, width)
    yield completeness(story)


def _event_line(event: StoryEvent, zone: Zone, width: int) -> str:
    after = "" if event.told.after_ms is None else pause(event.told.after_ms)
    return (
        f"{event.n:>{width}}  {time_of_day(event.event.time_ms, zone)}  {after:<{_PAUSE_WIDTH}}"
        f"  {event.says}{marks_text(event)}  ({event.event.position})"
    )


def marks_text(event: StoryEvent) -> str:
    """` [duplicate] [gap]`, or nothing."""
    return "".join(f" [{mark.value}]" for mark in event.marks)


def completeness(story: Story) -> str:
    """One line: how many events, from when to when is above, and whether any may be missing."""
    count = len(story.events)
    events = "1 event" if count == 1 else f"{count:,} events"
    if story.complete:
        return f"{events}, complete: nothing was removed from {', '.join(story.topics)}."
    return f"{events}, NOT known to be complete: {story.why}."


def story_markdown(story: Story, zone: Zone) -> Iterator[str]:
    """The story as a Markdown table."""

    def cell(text: str) -> str:
        return visible(text).translate(_MARKDOWN_SIGNS)

    yield f"**{cell(story.aggregate)}** · stream {cell(story.stream.name)} · times are {zone.name}"
    yield ""
    yield "| # | time | after | what happened | marks | where |"
    yield "|---:|---|---|---|---|---|"
    for event in story.events:
        marks = ", ".join(mark.value for mark in event.marks)
        after = "" if event.told.after_ms is None else pause(event.told.after_ms)
        at = date_and_time(event.event.time_ms, zone)
        where = cell(str(event.event.position))
        yield f"| {event.n} | {at} | {after} | {cell(event.says)} | {marks} | {where} |"
    yield ""
    yield cell(completeness(story))


def story_html(story: Story, zone: Zone) -> str:
    """The story as a page of its own."""
    return _drawn(story, zone).export_html()


def story_svg(story: Story, zone: Zone) -> str:
    """The story as a picture."""
    return _drawn(story, zone).export_svg(title=visible(story.aggregate))


def _drawn(story: Story, zone: Zone) -> Console:
    lines = [visible(line) for line in story_lines(story, zone)]
    width = max(40, *(len(line) + 1 for line in lines))
    console = Console(record=True, file=StringIO(), width=width, color_system=None)
    for line in lines:
        console.print(Text(line))
    return console


TEXT_FORMATS: Mapping[str, Callable[[Story, Zone], Iterator[str] | Sequence[str]]] = {
    "text": story_lines,
    "md": story_markdown,
    "html": lambda story, zone: story_html(story, zone).splitlines(),
    "svg": lambda story, zone: story_svg(story, zone).splitlines(),
}
