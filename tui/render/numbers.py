"""Counts, sizes and rates, as short as they can be read."""

from collections.abc import Sequence

from rich.filesize import decimal

_BARS = "▁▂▃▄▅▆▇█"
ABSENT = "—"


def count(number: int | None) -> str:
    """`1,234,567`; `—` where it is not known."""
    return ABSENT if number is None else f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 letter`, `3,840 letters`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def size(size_bytes: int | None) -> str:
    """`1.2 MB`; `—` where it is not known."""
    return ABSENT if size_bytes is None else decimal(size_bytes)


def rate(per_second: float) -> str:
    """`0/s`, `0.4/s`, `1,240/s`."""
    if 0 < per_second < 10:
        return f"{per_second:.1f}/s"
    return f"{per_second:,.0f}/s"


def sparkline(values: Sequence[float], width: int) -> str:
    """The last values as bars against the highest of them; nothing at all is the lowest bar."""
    shown = list(values)[-width:]
    top = max(shown, default=0.0)
    if top <= 0:
        return (_BARS[0] * len(shown)).rjust(width)
    steps = len(_BARS) - 1
    return "".join(_BARS[round(max(0.0, v) / top * steps)] for v in shown).rjust(width)
