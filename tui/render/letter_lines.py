"""Dead letters and their groups as lines of plain text, for `kstory dlq ls`."""

from collections.abc import Iterator, Sequence

from replay.deadletters.fate import Fate, Outcome
from replay.deadletters.groups.group import Group
from replay.deadletters.letter import DeadLetter
from replay.event import Event
from tui.render.group_row import fates_text, kind_text, moment
from tui.render.record_line import key_text, value_summary
from tui.render.safe_text import visible
from tui.render.times import Zone, date_and_time

_HEAD = ("group", "count", "first", "last", "keys", "fate", "kind", "sample")
_NUMBERS = (1, 4)
_KIND_CHARS = 100
_SAID_CHARS = 120


def group_lines(groups: Sequence[Group], zone: Zone, at_ms: int) -> Iterator[str]:
    """A table, the groups in their order."""
    rows = [_HEAD, *(_row(group, zone, at_ms) for group in groups)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = (
            text.rjust(width) if column in _NUMBERS else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def _row(group: Group, zone: Zone, at_ms: int) -> tuple[str, ...]:
    more = "≥" if group.at_least else ""
    return (
        group.fingerprint.id,
        f"{group.count:,}",
        moment(group.first_ms, zone, at_ms),
        moment(group.last_ms, zone, at_ms),
        f"{more}{group.keys:,}",
        fates_text(group.fates, group.came_back).plain,
        visible(kind_text(group.fingerprint).plain, limit=_KIND_CHARS),
        str(group.sample),
    )


def letter_line(letter: DeadLetter, event: Event, fate: Fate, zone: Zone) -> str:
    """`2026-11-23 14:05:03.120  A-dlt:7@2204  order-4711  GatewayTimeoutException: …  {…}`."""
    failure = letter.last.failure
    thrown = (failure.cause or failure.exception or "").rpartition(".")[2]
    said = ": ".join(filter(None, (thrown, failure.message))) or "nothing tells why"
    parts = [
        date_and_time(letter.record.timestamp_ms, zone),
        str(letter.position),
        key_text(letter.key),
        visible(said, limit=_SAID_CHARS),
        visible(value_summary(event), limit=_SAID_CHARS),
    ]
    if fate.outcome is not Outcome.OPEN:
        parts.append(f"[{fate.outcome.value}]")
    return "  ".join(parts)
