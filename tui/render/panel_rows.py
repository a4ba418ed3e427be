"""What stands beside a story, row by row: a state with who set what, or two states side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from rich.text import Text

from readers.decoders.payload import Json
from replay.changes import Change
from replay.states.blame import Origin
from tui.render.diff_text import DiffLine
from tui.render.safe_text import visible
from tui.render.state_view import MAX_ROWS, StateRow, change_text, state_rows

MAX_CHANGES = 100
_SIGN_STYLES = {"~": "yellow", "+": "green", "-": "red"}


class PanelRow(Protocol):
    """A row of the panel."""

    @property
    def pointer(self) -> str | None:
        """The place in the state that it shows; None where it shows none."""
        ...

    @property
    def n(self) -> int | None:
        """The event that it leads to, or None."""
        ...

    def draw(self, width: int) -> Text:
        """It in this many cells at most; what it holds is safe to be drawn."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """A row that says something of the whole."""

    text: str
    style: str = ""
    pointer: str | None = None
    n: int | None = None

    def draw(self, width: int) -> Text:
        """See `PanelRow`."""
        return _cut(Text(visible(self.text, limit=2_000), style=self.style), width)


@dataclass(frozen=True, slots=True)
class Field:
    """A leaf of the state, or a branch above some; `margin` says who set it."""

    row: StateRow
    is_changed: bool
    n: int | None = None
    margin: str = ""

    @property
    def pointer(self) -> str:
        """See `PanelRow`."""
        return self.row.pointer

    def draw(self, width: int) -> Text:
        """See `PanelRow`."""
        text = Text()
        name = visible(self.row.name, limit=80)
        text.append(f"{'  ' * self.row.depth}{name:<12} ", style="dim")
        text.append(visible(self.row.value, limit=400), style="bold" if self.is_changed else "")
        if self.is_changed:
            text.append(" ◂", style="bold")
        if not self.margin:
            return _cut(text, width)
        room = max(0, width - len(self.margin) - 1)
        text = _cut(text, room)
        text.pad_right(room - text.cell_len + 1)
        return text.append(self.margin, style="bold cyan" if self.is_changed else "cyan")


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A place that the event changed."""

    change: Change
    n: int | None = None

    @property
    def pointer(self) -> str:
        """See `PanelRow`."""
        return self.change.pointer

    def draw(self, width: int) -> Text:
        """See `PanelRow`."""
        name, before, after = change_text(self.change)
        text = Text(f"  {visible(name, limit=80)} ", style="dim")
        text.append(f"{visible(before, limit=200)} → ", style="not dim")
        text.append(visible(after, limit=200), style="not dim bold")
        return _cut(text, width)


@dataclass(frozen=True, slots=True)
class Sides:
    """A line of two states side by side."""

    line: DiffLine
    n: int | None = None

    @property
    def pointer(self) -> str:
        """See `PanelRow`."""
        return self.line.pointer

    def draw(self, width: int) -> Text:
        """See `PanelRow`."""
        line = self.line
        style = _SIGN_STYLES.get(line.sign, "dim")
        if not line.before and not line.after:
            return _cut(Text(f"{line.sign} {line.place}", style=style), width)
        return side_by_side(f"{line.sign} {line.place}", line.before, line.after, style, width)


@dataclass(frozen=True, slots=True)
class Titles:
    """What two states are called, above their columns."""

    before: str
    after: str
    pointer: str | None = None
    n: int | None = None

    def draw(self, width: int) -> Text:
        """See `PanelRow`."""
        text = side_by_side("", self.before, self.after, "", width)
        text.stylize("bold")
        return text


def side_by_side(place: str, before: str, after: str, style: str, width: int) -> Text:
    """Three columns of a row; the place has a quarter of it."""
    place_width = max(10, min(26, width // 4))
    half = max(4, (width - place_width - 2) // 2)
    text = Text()
    for cell, room, how in ((place, place_width, ""), (before, half, "dim"), (after, half, style)):
        part = _cut(Text(cell, style=how), room)
        part.pad_right(room - part.cell_len + 1)
        text.append_text(part)
    return _cut(text, width)


def fields(
    state: Json, changed: Sequence[Change], origins: Mapping[str, Origin] | None
) -> Iterator[PanelRow]:
    """The state's rows, each leaf with its origin where those are known."""
    touched = {place for change in changed for place in _above(change.pointer)}
    rows = state_rows(state)
    for row in islice(rows, MAX_ROWS):
        origin = None if origins is None else origins.get(row.pointer)
        yield Field(
            row,
            row.pointer in touched,
            None if origin is None else origin.n,
            "" if origin is None else margin_text(origin),
        )
    if next(rows, None) is not None:
        yield Words(f"… more than {MAX_ROWS} rows: `kstory state` prints all", "dim")


def changed_rows(n: int, changed: Sequence[Change]) -> Iterator[PanelRow]:
    """What event `n` changed."""
    yield Words(f"#{n} changed" if changed else f"#{n} changed nothing", "bold")
    for change in changed[:MAX_CHANGES]:
        yield ChangeRow(change)
    if len(changed) > MAX_CHANGES:
        yield Words(f"  … {len(changed) - MAX_CHANGES:,} more", "dim")


def margin_text(origin: Origin) -> str:
    """`← #6`, and from where it was moved here since."""
    moved = "" if origin.moved is None else f" ⤳ #{origin.moved.n}"
    return f"← #{origin.n}{moved}"


def _above(pointer: str) -> Iterator[str]:
    """The place, and every one above it."""
    yield pointer
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer


def _cut(text: Text, width: int) -> Text:
    text.no_wrap = True
    text.truncate(max(0, width), overflow="ellipsis")
    return text
