"""The state of an aggregate at the cursor, how sure it is, and what the event there changed."""

from collections.abc import Sequence

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from replay.changes import Change
from replay.fold import StateError
from tui.render.safe_text import visible
from tui.render.state_view import MAX_ROWS, change_text, state_rows
from tui.screens.story_messages import Point

_MAX_CHANGES = 100


class StatePanel(VerticalScroll):
    """Rows of name and value; the places this event changed are marked with `◂`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._body = Static("", markup=False)

    def compose(self):  # type: ignore[no-untyped-def]
        """One text in a frame that scrolls."""
        yield self._body

    def show(self, point: Point, *, reducer: str, exact: bool) -> None:
        """Show a state."""
        self._body.update(state_text(point, reducer=reducer, exact=exact))

    def clear(self, why: str) -> None:
        """Show that there is no state, and why."""
        self._body.update(Text(why, style="dim"))


def state_text(point: Point, *, reducer: str, exact: bool) -> Text:
    """The panel's text."""
    text = Text()
    sure = "exact" if exact else "lower bound: events before may be missing"
    text.append(f"state at #{point.state.n}", style="bold")
    text.append(f"  {sure} · {visible(reducer)}\n", style="dim")
    _append_changes(text, point.state.n, point.changed)
    for rule in point.broken:
        text.append(f"✗ breaks: {visible(rule)}\n", style="bold red")
    text.append("\n")
    _append_rows(text, point)
    _append_errors(text, point.state.errors)
    return text


def _append_rows(text: Text, point: Point) -> None:
    changed = [change.pointer for change in point.changed]
    for count, row in enumerate(state_rows(point.value)):
        if count == MAX_ROWS:
            text.append(f"… more than {MAX_ROWS} rows: `kstory state` prints all\n", style="dim")
            return
        is_new = any(
            place == row.pointer or place.startswith(row.pointer + "/") for place in changed
        )
        name = visible(row.name, limit=80)
        text.append(f"{'  ' * row.depth}{name:<12} ", style="dim")
        text.append(visible(row.value, limit=400), style="bold" if is_new else "")
        text.append(" ◂\n" if is_new else "\n", style="bold")


def _append_changes(text: Text, n: int, changed: Sequence[Change]) -> None:
    text.append(f"#{n} changed", style="bold")
    text.append("\n" if changed else " nothing\n")
    for change in changed[:_MAX_CHANGES]:
        name, before, after = change_text(change)
        text.append(f"  {visible(name, limit=80)} ", style="dim")
        text.append(f"{visible(before, limit=200)} → ", style="")
        text.append(f"{visible(after, limit=200)}\n", style="bold")
    if len(changed) > _MAX_CHANGES:
        text.append(f"  … {len(changed) - _MAX_CHANGES} more\n", style="dim")


def _append_errors(text: Text, errors: Sequence[StateError]) -> None:
    if errors:
        text.append(f"\n{len(errors)} events could not be folded\n", style="bold")
    for error in errors[-5:]:
        text.append(f"  #{error.n}: {visible(error.error, limit=300)}\n", style="")
