"""The slider under the lanes: which of the events the cursor is on, and what else lies there."""

from collections.abc import Mapping

TRACK, DONE, KNOB = "─", "━", "█"


def column_of(n: int, count: int, width: int) -> int:
    """Where event `n` of `count` lies on a slider of this width; the first at 0."""
    if count < 2 or width < 2:
        return 0
    return round((n - 1) * (width - 1) / (count - 1))


def n_at(column: int, count: int, width: int) -> int:
    """The event that lies nearest to a column; 0 where there is none."""
    if count < 2 or width < 2:
        return count
    return 1 + round(max(0, min(column, width - 1)) * (count - 1) / (width - 1))


def track(n: int, count: int, width: int, signs: Mapping[int, str]) -> str:
    """The slider; `signs` holds a sign of one cell for some of the events."""
    knob = column_of(n, count, width)
    cells = [DONE if column < knob else TRACK for column in range(width)]
    for at, sign in signs.items():
        cells[column_of(at, count, width)] = sign
    if width:
        cells[knob] = KNOB
    return "".join(cells)
