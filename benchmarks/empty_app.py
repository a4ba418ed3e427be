"""The least that Textual can show: one word. What a program in Textual cannot start sooner than."""

from textual.app import App, ComposeResult
from textual.widgets import Static

WORD = "nothing"


class EmptyApp(App[None]):
    """An app with one word on it."""

    def compose(self) -> ComposeResult:
        """The word."""
        yield Static(WORD)


if __name__ == "__main__":
    EmptyApp().run()
