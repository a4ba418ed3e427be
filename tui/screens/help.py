"""What the screen below is for and which keys it knows, read from its bindings."""

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static


class HelpScreen(ModalScreen[None]):
    """Explains one screen; any of its keys leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss(None)", "Close", show=False),
    ]

    def __init__(self, title: str, about: str, keys: list[tuple[str, str]]) -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._keys = keys

    def compose(self) -> ComposeResult:
        """A box over the screen."""
        with VerticalScroll(id="help-box") as box:
            box.border_title = Content(f" {self._title} ")
            box.border_subtitle = Content(" Esc closes ")
            yield Static(Content(self._about), id="help-about")
            yield Static(_table(self._keys), id="help-keys")


def _table(keys: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for key, what in keys:
        table.add_row(Text(key, style="bold"), Text(what))
    return table


def keys_of(bindings: dict[str, ActiveBinding]) -> list[tuple[str, str]]:
    """Each action's keys and what it does, in the order of the bindings."""
    by_action: dict[tuple[str, str], list[str]] = {}
    for _, binding, enabled, tooltip in bindings.values():
        said = tooltip or binding.description
        if enabled and said and not binding.system:
            key = binding.key_display or _name(binding.key)
            by_action.setdefault((binding.action, said), []).append(key)
    return [(" ".join(names), said) for (_, said), names in by_action.items()]


_NAMES = {
    "question_mark": "?", "slash": "/", "left_square_bracket": "[", "right_square_bracket": "]",
    "up": "↑", "down": "↓", "left": "←", "right": "→", "pageup": "PgUp", "pagedown": "PgDn",
    "escape": "Esc", "enter": "Enter", "space": "Space", "home": "Home", "end": "End",
    "tab": "Tab", "shift+tab": "Shift+Tab", "backspace": "⌫",
}  # fmt: skip


def _name(key: str) -> str:
    return _NAMES.get(key, key.replace("ctrl+", "Ctrl+"))
