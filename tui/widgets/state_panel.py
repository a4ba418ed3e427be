"""Beside a story: the state at the cursor and who set what, or two states side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from tui.render.panel_rows import PanelRow
from tui.widgets.row_list import RowList
from tui.widgets.story_list import STEP_BINDINGS


class StateRows(RowList):
    """The rows; the cursor stays on its place in the state when another one is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *STEP_BINDINGS,
        Binding("enter", "go", "Its event", tooltip="Go to the event that last set this field (b)"),
    ]

    @dataclass
    class Chosen(Message):
        """Enter was pressed on a row; None where it is none of a state."""

        row: PanelRow | None

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: Sequence[PanelRow] = ()

    @property
    def row_at_cursor(self) -> PanelRow | None:
        """The row under the cursor."""
        at = self.cursor
        return None if at is None or at >= len(self._rows) else self._rows[at]

    def show_rows(self, rows: Sequence[PanelRow]) -> None:
        """Show other rows."""
        here = self.row_at_cursor
        pointer = None if here is None else here.pointer
        same = [i for i, row in enumerate(rows) if row.pointer == pointer is not None]
        self._rows = rows
        self.show(
            len(rows), lambda row, width: rows[row].draw(width), cursor=same[-1] if same else None
        )

    def action_go(self) -> None:
        """Tell which row was chosen."""
        self.post_message(self.Chosen(self.row_at_cursor))


class StatePanel(Vertical):
    """A few lines that say what is shown, and its rows."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._head = Static("", markup=False)
        self._rows = StateRows(id="state-rows")

    def compose(self) -> ComposeResult:
        """The lines above the rows."""
        yield self._head
        yield self._rows

    @property
    def pointer(self) -> str | None:
        """The place in the state that the cursor is on; None where it is on none."""
        row = self._rows.row_at_cursor
        return None if row is None else row.pointer

    def show(self, head: Text, rows: Sequence[PanelRow]) -> None:
        """Show these rows below these lines."""
        lines = len(head.wrap(self.app.console, max(1, self._head.size.width)))
        # A layout of the whole screen at each step would not keep up with a key that is held.
        self._head.update(head, layout=lines != self._head.size.height)
        self._rows.show_rows(rows)

    def clear(self, why: str) -> None:
        """Show that there is nothing, and why."""
        self.show(Text(why, style="dim"), ())
