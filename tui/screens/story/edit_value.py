"""An event's value to be changed in memory: what if it had been another?"""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea


@dataclass(frozen=True, slots=True)
class NewValue:
    """The value that the event is to have; None is null, a tombstone."""

    value: bytes | None


class EditValue(ModalScreen[NewValue | None]):
    """Gives the changed value, or None where it was left with Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Fold with it", priority=True),
        Binding("ctrl+t", "null", "Fold with null", priority=True),
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
            yield Static(
                "Ctrl+S folds with it, Ctrl+T with null (a tombstone), Esc leaves it. "
                "Nothing is written anywhere."
            )

    def action_keep(self) -> None:
        """Give the text."""
        self.dismiss(NewValue(self.query_one(TextArea).text.encode()))

    def action_null(self) -> None:
        """Give no value."""
        self.dismiss(NewValue(None))

    def action_leave(self) -> None:
        """Give none."""
        self.dismiss(None)
