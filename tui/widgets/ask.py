"""One question with one line to answer it in."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class Ask(ModalScreen[str | None]):
    """Gives what was typed, or None where it was left with Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel")]

    def __init__(self, question: str, example: str) -> None:
        super().__init__()
        self._question = question
        self._example = example

    def compose(self) -> ComposeResult:
        """The question above its line."""
        with Vertical(id="ask"):
            yield Static(self._question, markup=False)
            yield Input(placeholder=f"such as {self._example}")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the answer."""
        self.dismiss(event.value.strip() or None)

    def action_leave(self) -> None:
        """Give none."""
        self.dismiss(None)
