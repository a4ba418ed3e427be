"""A story's lanes: one row a topic, one column a moment, pauses shortened to what fits.

The axis is not to scale: a pause takes room by its logarithm, so that an instant's burst and the
six minutes after it are both seen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from replay.event_marks import Mark
from replay.story import StoryEvent

PLAIN = "●"
SEVERAL = "◆"
_SIGNS = (
    (Mark.UNDECODABLE, "✗"),
    (Mark.DEAD_LETTERED, "▣"),
    (Mark.DUPLICATE, "⟲"),
    (Mark.TOMBSTONE, "∅"),
    (Mark.REPUBLISHED, "↻"),
    (Mark.LATE, "◷"),
)
_NAMES = {
    Mark.DUPLICATE: "dup",
    Mark.LATE: "late",
    Mark.GAP: "gap",
    Mark.UNDECODABLE: "not decodable",
    Mark.TOMBSTONE: "tombstone",
    Mark.DEAD_LETTERED: "dead letter",
    Mark.REPUBLISHED: "republished",
    Mark.ABORTED: "aborted",
}


@dataclass(frozen=True, slots=True)
class Lane:
    """One topic's row; `cells` is as wide as the axis."""

    topic: str
    cells: str


def sign_of(event: StoryEvent) -> str:
    """The one sign of an event: what is worst about it, or a plain dot."""
    if event.event.is_letter:
        return "▣"
    return next((sign for mark, sign in _SIGNS if mark in event.marks), PLAIN)


def marks_signs(event: StoryEvent) -> str:
    """Every mark as a sign and a word: `⟲ dup  ⋯ gap`."""
    signs = {**dict(_SIGNS), Mark.GAP: "⋯", Mark.ABORTED: "⊘"}
    return "  ".join(f"{signs[mark]} {_NAMES[mark]}" for mark in event.marks)


def columns(pauses_ms: Sequence[int | None], width: int) -> tuple[int, ...]:
    """The column of each event, ascending; the first is 0, the last `width` - 1 where two fit.

    `pauses_ms` holds the pause before each event; that of the first does not matter.
    """
    places = []
    at = 0.0
    for index, pause_ms in enumerate(pauses_ms):
        if index:
            at += 1 + math.log2(1 + max(pause_ms or 0, 0) / 1000)
        places.append(at)
    if not places or at == 0:
        return tuple(0 for _ in places)
    # Close events keep a column each as long as there is room for it.
    scale = min(1.0, (width - 1) / at) if len(places) > width else (width - 1) / at
    return tuple(min(width - 1, int(place * scale)) for place in places)


def lanes(events: Sequence[StoryEvent], topics: Sequence[str], width: int) -> tuple[Lane, ...]:
    """The rows of those topics that have events, in the order of their first one."""
    where = columns([event.told.after_ms for event in events], width)
    rows: dict[str, list[str]] = {}
    for event, column in zip(events, where, strict=True):
        row = rows.setdefault(event.event.record.topic, [" "] * width)
        row[column] = sign_of(event) if row[column] == " " else SEVERAL
    rest = [topic for topic in topics if topic not in rows]
    drawn = tuple(Lane(topic, _joined(row)) for topic, row in rows.items())
    return drawn + tuple(Lane(topic, "·" * 1) for topic in rest)


def _joined(row: list[str]) -> str:
    """The row with a line between its first event and its last."""
    used = [column for column, cell in enumerate(row) if cell != " "]
    first, last = used[0], used[-1]
    return "".join(
        "─" if cell == " " and first < column < last else cell for column, cell in enumerate(row)
    )


def pointer(column: int, n: int, width: int) -> str:
    """The line under the lanes that points at event `n`, in its column: `   ▲ #6`."""
    label = f"#{n}"
    if column + 2 + len(label) > width:
        return f"{label} ▲".rjust(column + 1)
    return " " * column + f"▲ {label}"
