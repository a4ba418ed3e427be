"""Which event of a story is meant by what a person typed: `#N`, a position or a time."""

import re

from readers.record import Position
from replay.story import Story
from replay.story_position import n_at_number, n_at_position, n_at_time
from tui.render.times import Zone, is_clock_time, parse_time

_NUMBER = re.compile(r"#?([0-9]{1,9})")
_DAY_MS = 86_400_000


def n_of(story: Story, typed: str, *, now_ms: int, zone: Zone) -> int:
    """The event's number; 0 is before the first.

    A clock time alone, such as `14:05`, is one of the story's own days, which need not be today.

    Raises:
        UsageError: it means none of them, or nothing of this story.
    """
    number = _NUMBER.fullmatch(typed.strip())
    if number:
        return n_at_number(story, int(number[1]))
    if "@" in typed:
        return n_at_position(story, Position.parse(typed))
    times = story.times_ms
    if not times or not is_clock_time(typed):
        return n_at_time(story, parse_time(typed, now_ms=now_ms, zone=zone))
    at_ms = parse_time(typed, now_ms=max(times), zone=zone)
    if at_ms > max(times) and at_ms - _DAY_MS >= min(times):
        at_ms -= _DAY_MS
    return n_at_time(story, at_ms)
