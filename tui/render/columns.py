"""Rows of cells under headings: which columns there is room for, and how wide each is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

_BETWEEN = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        width: cells it has at least.
        share: its part of the cells that are left over; 0 for none of them.
        is_number: stands at the right of its column.
        from_width: it is left away where a row is narrower than this.
    """

    name: str
    width: int
    share: int = 0
    is_number: bool = False
    from_width: int = 0


Fitted = Sequence[tuple[Column, int]]
"""Columns with their widths, from left to right."""


def fit(columns: Sequence[Column], width: int) -> Fitted:
    """The columns that a row of this width has, with what each of them gets of it."""
    shown = [column for column in columns if width >= column.from_width]
    shares = sum(column.share for column in shown)
    left = width - sum(column.width for column in shown) - _BETWEEN * (len(shown) - 1)
    if not shares:
        return [(column, column.width) for column in shown]
    return [
        (column, max(4, column.width + left * column.share // shares) if column.share else width_of)
        for column, width_of in ((column, column.width) for column in shown)
    ]


def row(cells: Mapping[str, Text], fitted: Fitted) -> Text:
    """One line of cells; what is too long for its column ends with `…`."""
    line = Text(no_wrap=True, overflow="ellipsis")
    for index, (column, width) in enumerate(fitted):
        cell = cells.get(column.name, Text()).copy()
        cell.truncate(width, overflow="ellipsis")
        room = width - cell.cell_len
        if column.is_number:
            cell.pad_left(room)
        else:
            cell.pad_right(room)
        line.append(" " * _BETWEEN if index else "")
        line.append_text(cell)
    return line


def heading(fitted: Fitted, sorted_by: str = "") -> Text:
    """The columns' names; the one that rows are sorted by has a `▾`."""
    names = {
        column.name: Text(
            f"{column.name}▾" if sorted_by and column.name == sorted_by else column.name
        )
        for column, _ in fitted
    }
    return row(names, fitted)


def column_at(fitted: Fitted, x: int) -> str | None:
    """The name of the column at this cell of a row; None beside all of them."""
    left = 0
    for column, width in fitted:
        if left <= x < left + width:
            return column.name
        left += width + _BETWEEN
    return None
