"""The second layer against hostile text, where Textual hands over each line that it draws."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.render.safe_text import without_controls


class ControlCharacterFilter(LineFilter):
    """Deletes control, direction and zero-width characters from every drawn line."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without them; their widths stay as they were."""
        del background
        if all(text.isprintable() for text, _, _ in segments):
            return segments
        return [
            Segment(without_controls(text), style, control) for text, style, control in segments
        ]
