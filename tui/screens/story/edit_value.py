"""An event's value to be changed in memory: what if it had been another?"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea


class EditValue(ModalScreen[str | None]):
    """Gives the changed text, or None where it was left with Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Fold with it", priority=True),
        Binding("escape", "leave", "Cancel", priority=True),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """The text in a box over the story."""
        with Vertical(id="edit-value"):
            yield Static(self._title, markup=False)
            yield TextArea(self._text, soft_wrap=True, compact=True)
            yield Static("Ctrl+S folds with it, Esc leaves it. Nothing is written anywhere.")

    def action_keep(self) -> None:
        """Give the text."""
        self.dismiss(self.query_one(TextArea).text)

    def action_leave(self) -> None:
        """Give none."""
        self.dismiss(None)
