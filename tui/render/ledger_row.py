"""What was done with dead letters: an entry of the ledger as a row, and in full."""

from collections.abc import Iterator

from rich.text import Text

from replay.deadletters.fate import Fate
from replay.deadletters.ledger_entry import Entry
from tui.render.columns import Column
from tui.render.group_row import fate_text, moment
from tui.render.numbers import ABSENT
from tui.render.plan_view import place_text
from tui.render.safe_text import visible
from tui.render.times import Zone, date_and_time

TIME, WHO, OUTCOME, LETTER, TARGET, PLAN, REASON = (
    "time", "who", "outcome", "letter", "target", "plan", "reason",
)  # fmt: skip
COLUMNS = (
    Column(TIME, 11),
    Column(WHO, 10, share=1, from_width=110),
    Column(OUTCOME, 11),
    Column(LETTER, 16, share=4),
    Column(TARGET, 12, share=3, from_width=100),
    Column(PLAN, 10, from_width=130),
    Column(REASON, 10, share=4),
)


def entry_cells(entry: Entry, zone: Zone, now_ms: int) -> dict[str, Text]:
    """An entry's cells by the names of their columns."""
    return {
        TIME: Text(moment(entry.at_ms, zone, now_ms)),
        WHO: Text(visible(entry.who or ABSENT, limit=60)),
        OUTCOME: fate_text(Fate(entry.outcome)),
        LETTER: Text(place_text(entry.letter)),
        TARGET: Text(ABSENT if entry.target is None else place_text(entry.target)),
        PLAN: Text(short_id(entry.plan_id)),
        REASON: Text(visible(entry.reason or ABSENT, limit=200)),
    }


def short_id(plan_id: str | None) -> str:
    """A plan's id by its end, which is what differs between two of one minute."""
    return ABSENT if plan_id is None else f"…{visible(plan_id, limit=64)[-8:]}"


def entry_lines(entry: Entry, zone: Zone) -> Iterator[str]:
    """All of an entry."""
    said = date_and_time(entry.at_ms, zone)
    yield f"{said} {zone.name}  {entry.outcome.value}  by {visible(entry.who or ABSENT, limit=60)}"
    origin = "not told" if entry.origin is None else place_text(entry.origin)
    target = "" if entry.target is None else f"  → {place_text(entry.target)}"
    yield f"letter {place_text(entry.letter)}  from {origin}{target}"
    if entry.plan_id is not None:
        number = "" if entry.seq is None else f", letter {entry.seq + 1:,} of it"
        yield f"plan {visible(entry.plan_id, limit=64)}{number}"
    yield f"reason {visible(entry.reason or ABSENT, limit=300)}"


def searched_text(entry: Entry) -> str:
    """What the filter looks at, in small letters."""
    parts = (entry.who, entry.outcome.value, str(entry.letter), str(entry.target or ""))
    return " ".join(part or "" for part in (*parts, entry.plan_id, entry.reason)).lower()
