"""A group of dead letters as a row, and why its letters are of one kind."""

from collections.abc import Callable, Mapping
from datetime import date
from itertools import pairwise

from rich.text import Text

from replay.deadletters.fate import Fate, Outcome
from replay.deadletters.groups.group import Fingerprint, Group
from tui.render.columns import Column
from tui.render.numbers import ABSENT, count, sparkline
from tui.render.plan_view import place_text
from tui.render.safe_text import visible
from tui.render.times import Zone, date_and_time, time_of_day

KIND, COUNT, FIRST, LAST, RATE, KEYS, FATE = (
    "kind", "count", "first", "last", "rate", "keys", "fate",
)  # fmt: skip
_RATE_CELLS = 12
_KIND_CHARS = 300

COLUMNS = (
    Column("", 2),
    Column(KIND, 20, share=1),
    Column(COUNT, 7, is_number=True),
    Column(FIRST, 11, from_width=110),
    Column(LAST, 11, from_width=70),
    Column(RATE, _RATE_CELLS, from_width=100),
    Column(KEYS, 7, is_number=True, from_width=90),
    Column(FATE, 16),
)

_SAID = {
    Outcome.OPEN: "open",
    Outcome.REPUBLISHED: "sent",
    Outcome.CAME_BACK: "came back",
    Outcome.RESOLVED: "resolved",
    Outcome.IGNORED: "ignored",
}
_SIGNS = {
    Outcome.OPEN: " ",
    Outcome.REPUBLISHED: "↻",
    Outcome.CAME_BACK: "↩",
    Outcome.RESOLVED: "✓",
    Outcome.IGNORED: "–",
}
_STYLES = {
    Outcome.OPEN: "dim",
    Outcome.REPUBLISHED: "green",
    Outcome.CAME_BACK: "bold red",
    Outcome.RESOLVED: "green",
    Outcome.IGNORED: "dim",
}

SORTS: Mapping[str, Callable[[Group], tuple[object, ...]]] = {
    COUNT: lambda group: (-group.count, group.fingerprint.id),
    LAST: lambda group: (-(group.last_ms or 0), group.fingerprint.id),
    FIRST: lambda group: (group.first_ms or 0, group.fingerprint.id),
    KEYS: lambda group: (-group.keys, group.fingerprint.id),
    KIND: lambda group: (kind_text(group.fingerprint).plain, group.fingerprint.id),
    FATE: lambda group: (-_handled(group), group.fingerprint.id),
}
"""What each column sorts by; the largest, or the newest, comes first."""


def _handled(group: Group) -> int:
    return group.count - group.fates.get(Outcome.OPEN, group.count)


def moment(time_ms: int | None, zone: Zone, now_ms: int) -> str:
    """`11:58:02` of today, `11-22 11:58` of another day; `—` where there is no time."""
    if time_ms is None:
        return ABSENT
    if _day(time_ms, zone) == _day(now_ms, zone):
        return time_of_day(time_ms, zone)[:8]
    written = date_and_time(time_ms, zone)
    return written if written.startswith("!") else written[5:16]


def _day(time_ms: int, zone: Zone) -> date | None:
    at = zone.at(time_ms)
    return None if at is None else at.date()


def short_class(name: str) -> str:
    """A class without its package: `GatewayTimeoutException`."""
    return name.rstrip(".").rpartition(".")[2] or name


def kind_text(fingerprint: Fingerprint) -> Text:
    """`GatewayTimeoutException  at PaymentClient.charge`, or with the masked message."""
    told = fingerprint.exception
    text = Text(visible(short_class(told), limit=_KIND_CHARS), "bold") if told else Text()
    if fingerprint.frame:
        text.append("  at ", "dim").append(visible(fingerprint.frame, limit=_KIND_CHARS))
    if fingerprint.message and not fingerprint.frame:
        text.append(f"  “{visible(fingerprint.message, limit=_KIND_CHARS)}”", "dim")
    return text if text.plain else Text("nothing tells why", "dim")


def group_cells(group: Group, zone: Zone, now_ms: int, *, is_chosen: bool) -> dict[str, Text]:
    """A group's cells by the names of their columns."""
    more = "≥" if group.at_least else ""
    return {
        "": Text("✓" if is_chosen else " ", "bold green"),
        KIND: kind_text(group.fingerprint),
        COUNT: Text(count(group.count), "bold"),
        FIRST: Text(moment(group.first_ms, zone, now_ms)),
        LAST: Text(moment(group.last_ms, zone, now_ms)),
        RATE: Text(_bars(group.rate), "cyan"),
        KEYS: Text(f"{more}{count(group.keys)}"),
        FATE: fates_text(group.fates, group.came_back),
    }


def _bars(rate: tuple[int, ...]) -> str:
    """The counts as bars; neighbours are put together where there are more than fit."""
    cells = min(len(rate), _RATE_CELLS)
    edges = [cell * len(rate) // cells for cell in range(cells + 1)] if cells else []
    sums = [sum(rate[start:end]) for start, end in pairwise(edges)]
    drawn = sparkline(sums, len(sums))
    # Nothing at all is a gap, so that one letter is seen.
    return "".join(bar if some else "·" for bar, some in zip(drawn, sums, strict=True))


def fates_text(fates: Mapping[Outcome, int], came_back: int = 0) -> Text:
    """`12 came back, 3 sent`, what is worst first; `—` where all are open."""
    counts = dict(fates)
    counts[Outcome.CAME_BACK] = max(counts.get(Outcome.CAME_BACK, 0), came_back)
    order = (Outcome.CAME_BACK, Outcome.REPUBLISHED, Outcome.RESOLVED, Outcome.IGNORED)
    parts = [
        Text(f"{counts[outcome]:,} {_SAID[outcome]}", _STYLES[outcome])
        for outcome in order
        if counts.get(outcome)
    ]
    return Text(", ").join(parts) if parts else Text(ABSENT, "dim")


def fate_text(fate: Fate) -> Text:
    """One letter's fate in a word, with its sign: `↻ sent`."""
    said = f"{_SIGNS[fate.outcome]} {_SAID[fate.outcome]}".strip()
    return Text(said, _STYLES[fate.outcome])


def fate_line(fate: Fate, zone: Zone) -> Text:
    """All that is known of one letter's fate, in a line."""
    line = fate_text(fate)
    if fate.at_ms is not None:
        line.append(f" at {date_and_time(fate.at_ms, zone)[:19]}")
    if fate.who:
        line.append(f" by {visible(fate.who, limit=60)}")
    if fate.target is not None:
        line.append(" → ").append(place_text(fate.target))
    if fate.reason:
        line.append(f"  “{visible(fate.reason, limit=300)}”", "dim")
    return line
