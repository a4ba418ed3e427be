"""One dead letter as a row of a list."""

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
    Column(LETTER, 14, share=1),
    Column(FROM, 14, share=1, from_width=130),
    Column(KEY, 14),
    Column(WHY, 10, share=2),
    Column(FATE, 11),
)


def unread_cells(position: Position, *, is_chosen: bool) -> dict[str, Text]:
    """A letter that was not read yet."""
    return {
        "": Text("✓" if is_chosen else " ", "bold green"),
        TIME: Text("…", "dim"),
        LETTER: Text(place_text(position), "dim"),
    }


def gone_cells(position: Position, *, is_chosen: bool) -> dict[str, Text]:
    """A letter that no record is there of any more."""
    said = Text("it is not there any more", "yellow")
    return {**unread_cells(position, is_chosen=is_chosen), TIME: Text("—"), WHY: said}


def letter_cells(
    letter: DeadLetter, fate: Fate, zone: Zone, now_ms: int, *, is_chosen: bool
) -> dict[str, Text]:
    """A letter's cells by the names of their columns."""
    failure = letter.last.failure
    thrown = failure.cause or failure.exception
    why = Text(visible(short_class(thrown), limit=100), "bold") if thrown else Text()
    if failure.message:
        why.append(f" {visible(failure.message, limit=300)}", "dim")
    return {
        **unread_cells(letter.position, is_chosen=is_chosen),
        TIME: Text(moment(letter.record.timestamp_ms, zone, now_ms)),
        LETTER: Text(place_text(letter.position)),
        FROM: Text(origin_text(letter.origin)),
        KEY: Text(visible(key_text(letter.key), limit=100), "bold"),
        WHY: why,
        FATE: fate_text(fate),
    }
