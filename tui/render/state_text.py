"""What stands above and in the rows of the panel beside a story."""

from collections.abc import Sequence

from rich.text import Text

from replay.certainty import sure_words
from replay.story import Story
from tui.render.numbers import counted
from tui.render.panel_rows import PanelRow, Sides, Titles, Words, changed_rows, fields
from tui.render.safe_text import visible
from tui.render.state_view import MAX_ROWS
from tui.screens.story.messages import Difference, Point

_ERRORS_SHOWN = 100
_MIB = 1 << 20


def state_head(point: Point, story: Story, *, with_blame: bool) -> Text:
    """Which state it is, how sure, and what is wrong with it."""
    text = Text()
    text.append(f"state at #{point.state.n}", style="bold")
    who = "" if not with_blame else " · ← who set it"
    who = " · who set it: working …" if with_blame and point.origins is None else who
    sure = sure_words(point.sure, point.state)
    kept = kept_words(point.kept_bytes, story.fold.budget_bytes)
    text.append(f"  {sure} · {visible(story.fold.reducer.name)}{who}{kept}", style="dim")
    for rule in point.checked.broken:
        text.append(f"\n✗ breaks: {visible(rule)}", style="bold red")
    if point.checked.failure is not None:
        text.append(f"\n✗ check failed: {visible(point.checked.failure)}", style="bold red")
    return text


def kept_words(kept_bytes: int, budget_bytes: int) -> str:
    """What the kept states hold of what they may; nothing where that is next to nothing."""
    if kept_bytes < _MIB:
        return ""
    return f" · snapshots {kept_bytes / _MIB:,.0f} of {budget_bytes / _MIB:,.0f} MiB"


def state_panel_rows(point: Point) -> Sequence[PanelRow]:
    """What the event changed, the state, and which events it could not take in."""
    errors = point.state.errors
    rows = [*changed_rows(point.state.n, point.changed), Words("")]
    rows += fields(point.value, point.changed, point.origins)
    if errors:
        last = f"; the last {_ERRORS_SHOWN}:" if len(errors) > _ERRORS_SHOWN else ""
        rows.append(Words(f"{counted(len(errors), 'event')} could not be folded{last}", "bold"))
    rows += [Words(f"  #{error.n}: {error.error}", n=error.n) for error in errors[-_ERRORS_SHOWN:]]
    return rows


def difference_head(difference: Difference, *, as_patch: bool) -> Text:
    """Which two they are."""
    text = Text(f"{difference.before} → {difference.after}", style="bold")
    how = "as RFC 6902" if as_patch else "side by side"
    text.append(f"  {how}", style="not bold dim")
    return text


def difference_rows(difference: Difference, *, as_patch: bool) -> Sequence[PanelRow]:
    """The two side by side, or the patch from one to the other."""
    rows: list[PanelRow] = []
    if as_patch:
        rows += [Words(line) for line in difference.patch] or [Words("[]")]
    else:
        if not difference.patch:
            return [Words("The two are the same.")]
        rows.append(Titles(difference.before, difference.after))
        rows += [Sides(line) for line in difference.lines]
    if difference.is_cut:
        rows.append(Words(f"… more than {MAX_ROWS} rows: `kstory diff` prints all", "dim"))
    return rows
