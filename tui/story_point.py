"""Which event of a story is meant by what a person typed: `#N`, positions or a time."""

import re

from readers.record import Position
from replay.story import Story
from replay.story_position import n_at_number, n_at_time, n_at_vector
from tui.render.times import Zone, is_clock_time, parse_time

_NUMBER = re.compile(r"#?([0-9]{1,9})")
_DAY_MS = 86_400_000


def n_of(story: Story, typed: str, *, now_ms: int, zone: Zone) -> int:
    """The event's number; 0 is before the first.

    Several positions, `topic:partition@offset,…`, are where a reader of those partitions is.
    A clock time alone, such as `14:05`, is one of the story's own days, which need not be today.

    Raises:
        UsageError: it means none of them, or nothing of this story.
    """
    number = _NUMBER.fullmatch(typed.strip())
    if number:
        return n_at_number(story, int(number[1]))
    if "@" in typed:
        vector = [Position.parse(position.strip()) for position in typed.split(",")]
        return n_at_vector(story, vector)
    times = story.times_ms
    if not times or not is_clock_time(typed):
        return n_at_time(story, parse_time(typed, now_ms=now_ms, zone=zone))
    at_ms = parse_time(typed, now_ms=max(times), zone=zone)
    if at_ms > max(times) and at_ms - _DAY_MS >= min(times):
        at_ms -= _DAY_MS
    return n_at_time(story, at_ms)
