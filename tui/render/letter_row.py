"""One dead letter as a row of a list."""

from collections.abc import Collection
from dataclasses import replace

from rich.text import Text

from readers.record import Position
from replay.deadletters.fate import Fate
from replay.deadletters.letter import DeadLetter
from tui.render.columns import Column
from tui.render.group_row import FATE, fate_text, moment, short_class
from tui.render.hops_text import origin_text
from tui.render.plan_view import place_text
from tui.render.record_line import key_text
from tui.render.safe_text import visible
from tui.render.times import Zone

TIME, LETTER, FROM, KEY, WHY = "time", "letter", "from", "key", "why"
COLUMNS = (
    Column("", 2),
    Column(TIME, 11),
    Column(LETTER, 14),
    Column(FROM, 26, from_width=120),
    Column(KEY, 12, share=1),
    Column(WHY, 10, share=4),
    Column(FATE, 11),
)


def columns_for(topics: Collection[str]) -> tuple[Column, ...]:
    """The columns; letters of several topics have theirs named."""
    room = 0 if len(topics) == 1 else min(24, max(map(len, topics), default=0)) + 1
    return tuple(
        replace(column, width=column.width + room) if column.name == LETTER else column
        for column in COLUMNS
    )


def unread_cells(position: Position, *, named: bool, is_chosen: bool) -> dict[str, Text]:
    """A letter that was not read yet; its topic is `named` where there are several."""
    return {
        "": Text("✓" if is_chosen else " ", "bold green"),
        TIME: Text("…", "dim"),
        LETTER: Text(place_text(position, named=named), "dim"),
    }


def gone_cells(position: Position, *, named: bool, is_chosen: bool) -> dict[str, Text]:
    """A letter that no record is there of any more."""
    said = Text("it is not there any more", "yellow")
    return {**unread_cells(position, named=named, is_chosen=is_chosen), TIME: Text("—"), WHY: said}


def letter_cells(
    letter: DeadLetter, fate: Fate, zone: Zone, now_ms: int, *, named: bool, is_chosen: bool
) -> dict[str, Text]:
    """A letter's cells by the names of their columns."""
    failure = letter.last.failure
    thrown = failure.cause or failure.exception
    why = failure.message or (short_class(thrown) if thrown else "")
    return {
        **unread_cells(letter.position, named=named, is_chosen=is_chosen),
        TIME: Text(moment(letter.record.timestamp_ms, zone, now_ms)),
        LETTER: Text(place_text(letter.position, named=named)),
        FROM: Text(origin_text(letter.origin)),
        KEY: Text(visible(key_text(letter.key), limit=100), "bold"),
        WHY: Text(visible(why, limit=400)),
        FATE: fate_text(fate),
    }
