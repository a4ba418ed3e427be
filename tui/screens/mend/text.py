"""A letter's text as the mend screen can show it."""

from tui.render.safe_text import visible

_AREA_CHARS = 256_000
"""More takes seconds to show in a text area; an editor takes it at once."""


def wrapped(line: str, width: int) -> list[str]:
    """A line in parts of this width; those behind the first are set in by two."""
    if len(line) <= width:
        return [line]
    rest = range(width, len(line), width - 2)
    return [line[:width], *(f"  {line[at : at + width - 2]}" for at in rest)]


def can_be_shown(text: str) -> bool:
    """Whether a text area may have it: it draws what it is given as it is."""
    plain = text.replace("\t", " ").replace("\r\n", "\n")
    return len(text) <= _AREA_CHARS and visible(plain, lines=True) == plain
