"""Keys, and places where letters failed, as rows."""

from rich.text import Text

from replay.deadletters.groups.tally import Tallied
from tui.render.columns import Column
from tui.render.group_row import COUNT, FIRST, LAST, moment
from tui.render.numbers import count
from tui.render.safe_text import visible
from tui.render.times import Zone

KEY, PLACE, KINDS = "key", "failed in → read by", "kinds"

_NUMBERS = (
    Column(COUNT, 7, is_number=True),
    Column(FIRST, 11, from_width=80),
    Column(LAST, 11, from_width=60),
    Column(KINDS, 6, is_number=True),
)
KEY_COLUMNS = (Column("", 2), Column(KEY, 20, share=1), *_NUMBERS)
PLACE_COLUMNS = (Column("", 2), Column(PLACE, 24, share=1), *_NUMBERS)


def tally_cells(
    row: Tallied, name: str, zone: Zone, now_ms: int, *, is_chosen: bool
) -> dict[str, Text]:
    """A row's cells by the names of their columns; `name` is the column of its name."""
    return {
        "": Text("✓" if is_chosen else " ", "bold green"),
        name: Text(visible(row.name, limit=300), "bold"),
        COUNT: Text(count(row.count), "bold"),
        FIRST: Text(moment(row.first_ms, zone, now_ms)),
        LAST: Text(moment(row.last_ms, zone, now_ms)),
        KINDS: Text(count(row.kinds)),
    }
