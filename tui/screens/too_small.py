"""What is shown where nothing fits."""

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

MIN_WIDTH = 40
MIN_HEIGHT = 10


class TooSmall(ModalScreen[None]):
    """Goes away by itself when there is room again."""

    def compose(self) -> ComposeResult:
        """One sentence."""
        yield Static(f"Too small: needs {MIN_WIDTH} × {MIN_HEIGHT}.", markup=False)
