"""What the screen below is for and which keys it knows, read from its bindings."""

from collections.abc import Iterable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

_NAMES = {
    "question_mark": "?", "slash": "/", "up": "↑", "down": "↓", "left": "←", "right": "→",
    "left_square_bracket": "[", "right_square_bracket": "]", "pageup": "PgUp", "pagedown": "PgDn",
    "escape": "Esc", "enter": "Enter", "space": "Space", "home": "Home", "end": "End",
    "tab": "Tab", "backspace": "Backspace", "minus": "-", "plus": "+",
}  # fmt: skip

_OF_ALL_SCREENS = frozenset(
    {"app.focus_next", "app.focus_previous", "screen.copy_text", "screen.minimize"}
)
"""Textual's own, which every screen has."""


class HelpScreen(ModalScreen[None]):
    """Explains one screen; the keys come from its bindings, there is no second list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", "Close", show=False),
    ]

    def __init__(self, about: str, bindings: Iterable[ActiveBinding]) -> None:
        super().__init__()
        self._about = about
        self._keys = keys_of(bindings)

    def compose(self) -> ComposeResult:
        """A box over the screen."""
        with VerticalScroll(id="help") as box:
            box.border_title = Content(" Help ")
            box.border_subtitle = Content(" ↓ PgDn more · Esc closes ")
            yield Static(Content(self._about))
            yield Static(_table(self._keys))

    def action_close(self) -> None:
        """Back to the screen."""
        self.dismiss(None)


def keys_of(bindings: Iterable[ActiveBinding]) -> list[tuple[str, str]]:
    """Each action's keys, and what it does: the screen's first, then the app's, then widgets'."""
    by_action: dict[tuple[str, str], list[str]] = {}
    for _, binding, enabled, tooltip in sorted(bindings, key=_rank):
        said = tooltip or binding.description
        if enabled and said and not binding.system:
            key = binding.key_display or _name(binding.key)
            by_action.setdefault((binding.action, said), []).append(key)
    return [(" ".join(names), said) for (_, said), names in by_action.items()]


def _rank(active: ActiveBinding) -> int:
    if active.binding.action in _OF_ALL_SCREENS:
        return 3
    return 0 if isinstance(active.node, Screen) else 1 if isinstance(active.node, App) else 2


def _name(key: str) -> str:
    *modifiers, last = key.split("+")
    return "+".join([*(name.capitalize() for name in modifiers), _NAMES.get(last, last)])


def _table(keys: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for key, what in keys:
        table.add_row(Text(key, style="bold"), Text(what))
    return table
