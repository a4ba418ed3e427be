"""The part of the app that shows dead letters: how many kinds, which, and one of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from readers.record import Position
from tui.republishing import RepublishingApp

if TYPE_CHECKING:
    from tui.screens.dead_letters.messages import RowOpened


class TriageApp(RepublishingApp):
    """Opens the screens of dead letters."""

    def open_dead_letters(self, topics: tuple[str, ...] = ()) -> None:
        """Count the dead letters of these topics, or of all that hold some."""
        from tui.screens.dead_letters.screen import DeadLettersScreen  # loaded when it is opened

        self.push_screen(DeadLettersScreen(topics))

    def open_letters(self, title: str, found: "RowOpened") -> None:
        """List these letters, a line each."""
        from tui.screens.dead_letters.letters import LettersScreen

        self.push_screen(LettersScreen(title, found))

    def open_letter(self, letter: Position, among: Sequence[Position] = (), at: int = 0) -> None:
        """Show one letter; `n` and `N` go through those it is among, where it is number `at`."""
        from tui.screens.letter.screen import LetterScreen

        self.push_screen(LetterScreen(among or (letter,), at))
