"""Lines of text of any number; only those on screen are made."""

from collections.abc import Callable

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.render.safe_text import visible

_LINE_CHARS = 2_000


class LinesView(ScrollView, can_focus=True):
    """Shows `count` lines, each asked for by its number when it is drawn."""

    DEFAULT_CSS = "LinesView { height: 1fr; overflow-x: hidden; overflow-y: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self._line: Callable[[int], str] = lambda number: ""
        self._count = 0

    def show(self, count: int, line: Callable[[int], str], *, keep_place: bool = False) -> None:
        """Show other lines, from the first on unless the place is to be kept."""
        self._count, self._line = count, line
        self.virtual_size = Size(self.size.width, count)
        if not keep_place:
            self.scroll_to(y=0, animate=False, force=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line, made harmless."""
        width = self.scrollable_content_region.width
        number = self.scroll_offset.y + y
        if not 0 <= number < self._count:
            return Strip.blank(width, self.rich_style)
        text = visible(self._line(number), limit=_LINE_CHARS)
        return Strip([Segment(text)]).adjust_cell_length(width).apply_style(self.rich_style)
