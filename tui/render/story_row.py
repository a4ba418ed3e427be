"""An event as a row of a story: when, after how long, what it says, and what stands out."""

from typing import NamedTuple

from replay.story import StoryEvent
from tui.render.lanes import marks_signs, sign_of
from tui.render.safe_text import visible
from tui.render.times import Zone, pause, time_of_day

_WIDE = 90
_SENTENCE_MIN = 12


class StoryRow(NamedTuple):
    """Its parts, from left to right."""

    head: str
    sign: str
    says: str
    marks: str


def story_row(
    event: StoryEvent,
    zone: Zone,
    *,
    width: int,
    digits: int,
    is_at_cursor: bool,
    is_tied: bool,
    note: str,
) -> StoryRow:
    """The row in so many columns.

    Args:
        event: what it shows.
        zone: of its time.
        width: columns of the terminal.
        digits: of the last event's number.
        is_at_cursor: the cursor is on it.
        is_tied: its time is that of the event before, so something else told their order.
        note: what else there is to say of it, safe to be drawn.
    """
    at = time_of_day(event.event.time_ms, zone)
    after = "" if event.told.after_ms is None else pause(event.told.after_ms)
    if width < _WIDE:
        at = at[:8]
    marks = "  ".join(filter(None, (note, marks_signs(event), "= tie" if is_tied else "")))
    head = f"{'▸' if is_at_cursor else ' '}{event.n:>{digits}} {at} {after:<10} "
    room = max(_SENTENCE_MIN, width - len(head) - 2 - (len(marks) + 2 if marks else 0))
    says = visible(event.says, limit=512)
    says = says if len(says) <= room else f"{says[: room - 1]}…"
    return StoryRow(head, f"{sign_of(event)} ", says, f"  {marks}")
