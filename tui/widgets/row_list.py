"""Rows of any number with a cursor; only those on screen are drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

Draw = Callable[[int, int], Text]
"""A row's text by its number from 0 and the width there is; what it holds is safe to be drawn."""


class RowList(ScrollView, can_focus=True):
    """The cursor is the number of a row, from 0; None where there are no rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "Next", show=False, tooltip="The next row"),
        Binding("up,k", "step(-1)", "Back", show=False, tooltip="The row before"),
        Binding("pagedown", "page(1)", "Page down", show=False, tooltip="A page down"),
        Binding("pageup", "page(-1)", "Page up", show=False, tooltip="A page up"),
        Binding("home,g", "jump(0)", "First", show=False, tooltip="The first row"),
        Binding("end,G", "jump(-1)", "Last", show=False, tooltip="The last row"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"row-list--cursor"}

    @dataclass
    class Moved(Message):
        """The cursor stands on this row now."""

        row: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._count = 0
        self._draw: Draw = lambda row, width: Text()
        self.cursor: int | None = None

    def show(self, count: int, draw: Draw, *, cursor: int | None = None) -> None:
        """Show other rows, the cursor on this one, or as near as there is one to where it was."""
        self._count, self._draw = count, draw
        self.virtual_size = Size(self.size.width, count)
        self.move(self.cursor or 0 if cursor is None else cursor)

    def move(self, row: int) -> None:
        """Put the cursor on this row, or the nearest there is."""
        self.cursor = max(0, min(row, self._count - 1)) if self._count else None
        if self.cursor is not None:
            self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)
            self.post_message(self.Moved(self.cursor))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row, or an empty line below the last."""
        row = self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        if not 0 <= row < self._count:
            return Strip.blank(width, self.rich_style)
        style = self.rich_style
        if row == self.cursor:
            style += self.get_component_rich_style("row-list--cursor")
        text = Text("▸" if row == self.cursor else " ") + self._draw(row, width - 1)
        strip = Strip(list(text.render(self.app.console)))
        return strip.adjust_cell_length(width).apply_style(style)

    def action_step(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self.move((self.cursor or 0) + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.action_step(by * max(1, self.size.height - 1))

    def action_jump(self, row: int) -> None:
        """Move the cursor to the first row (0) or the last (-1)."""
        self.move(row if row >= 0 else self._count - 1)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        self.move(self.scroll_offset.y + event.y)
