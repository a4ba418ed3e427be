"""Two states side by side, as lines of cells: what differs, and how much of the rest there is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from replay.changes import Absent
from replay.states.diff import Differing, Row, Side, Unchanged
from tui.render.safe_text import visible
from tui.render.state_view import json_text

_NOTHING = "—"
_WIDEST = 40


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line, its texts made safe.

    Attributes:
        sign: `~` changed, `+` came, `-` went, a space where it only leads to those.
        pointer: where it lies after, or lay before where it went.
    """

    sign: str
    place: str
    before: str
    after: str
    pointer: str


def diff_lines(rows: Iterable[Row]) -> Iterator[DiffLine]:
    """The lines of `replay.states.diff.rows`."""
    return map(_line, rows)


def diff_text(rows: Iterable[Row], before: str, after: str) -> Iterator[str]:
    """The same as text in columns, under these two titles."""
    lines = [DiffLine(" ", "", before, after, ""), *diff_lines(rows)]
    place_width = _width(line.place for line in lines)
    before_width = _width(line.before for line in lines)
    for line in lines:
        place = _padded(line.place, place_width)
        was = _padded(line.before, before_width)
        yield f"{line.sign} {place}  {was}  {line.after}".rstrip()


def _line(row: Row) -> DiffLine:
    indent = "  " * row.depth
    if isinstance(row, Unchanged):
        same = "1 is the same" if row.count == 1 else f"{row.count:,} are the same"
        return DiffLine(" ", f"{indent}… {same}", "", "", row.first.pointer)
    if row.is_branch:
        return DiffLine(" ", f"{indent}{_place(row)}", "", "", row.after.pointer)
    there = row.before if isinstance(row.after.value, Absent) else row.after
    place = f"{indent}{_place(row)}"
    return DiffLine(_sign(row), place, _value(row.before), _value(row.after), there.pointer)


def _sign(row: Differing) -> str:
    if isinstance(row.before.value, Absent):
        return "+"
    return "-" if isinstance(row.after.value, Absent) else "~"


def _place(row: Differing) -> str:
    """Its name; an item that moved up or down has two."""
    names = [side.name for side in (row.before, row.after) if not isinstance(side.value, Absent)]
    return visible(" → ".join(dict.fromkeys(names)) or "(state)")


def _value(side: Side) -> str:
    return _NOTHING if isinstance(side.value, Absent) else visible(json_text(side.value))


def _width(texts: Iterable[str]) -> int:
    return min(_WIDEST, max(map(cell_len, texts)))


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))
