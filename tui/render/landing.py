"""What is typed to jump in a tail, and where the jump is said to have landed."""

import re

from readers.errors import UsageError
from readers.record import Position
from replay.landing import Landing, Target
from replay.ranges import AtOffset, AtTime
from tui.render.times import Zone, date_and_time

_OFFSET = re.compile(r"(?:p?(?P<partition>[0-9]{1,9})\s*@\s*)?(?P<offset>[0-9][0-9,]{0,24})")


def parse_offset(text: str, topics: tuple[str, ...]) -> Target:
    """Read `topic:partition@offset`, `7@128,441`, or an offset for every partition.

    Raises:
        UsageError: it is none of them, or does not say which topic.
    """
    typed = text.strip()
    match = _OFFSET.fullmatch(typed)
    if match is None:
        position = Position.parse(typed)
        if position.topic not in topics:
            raise UsageError(f"{position.topic} is not among the topics shown here.")
        return position
    offset = int(match["offset"].replace(",", ""))
    if match["partition"] is None:
        return AtOffset(offset)
    if len(topics) > 1:
        raise UsageError(f"Several topics are shown; write {topics[0]}:{typed.lstrip('p')}.")
    return Position(topics[0], int(match["partition"]), offset)


def landing_text(landing: Landing, zone: Zone) -> str:
    """`14:05:00.000 asked, first record there is 14:05:03.120 (p7 @128,441)`."""
    asked = _asked(landing.target, zone)
    why = f"; {landing.why}" if landing.why else ""
    record = landing.record
    if record is None:
        return f"{asked} asked, there is no record at it or after it{why}"
    when = date_and_time(record.timestamp_ms, zone)
    return (
        f"{asked} asked, first record there is {when} (p{record.partition} @{record.offset:,}){why}"
    )


def _asked(target: Target, zone: Zone) -> str:
    match target:
        case AtTime(time_ms):
            return date_and_time(time_ms, zone)
        case AtOffset(offset):
            return f"@{offset:,}"
        case Position():
            return f"p{target.partition} @{target.offset:,}"
