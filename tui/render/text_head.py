"""The beginning of a text in lines: no more of it is looked at than is going to be shown."""

from collections.abc import Sequence
from dataclasses import dataclass

STEP_BYTES = 256_000
STEP_LINES = 5_000
WRAP_CHARS = 120


@dataclass(frozen=True, slots=True)
class TextHead:
    """Lines to be shown, and how many of the text's bytes they are."""

    lines: Sequence[str]
    shown_bytes: int


def text_head(raw: bytes, *, steps: int = 1, width: int = WRAP_CHARS) -> TextHead:
    """The first 256 kB of a text, or its first 5,000 lines where that is less; times `steps`."""
    end = character_end(raw, steps * STEP_BYTES)
    head = raw[:end]
    rest = head.split(b"\n", steps * STEP_LINES)[steps * STEP_LINES :]
    if rest:
        end -= len(rest[0]) + 1
    return TextHead(wrapped(head[:end].decode("utf-8", "replace"), width), end)


def character_end(raw: bytes, end: int) -> int:
    """The last place up to `end` that is not between the bytes of a character of UTF-8."""
    if end >= len(raw):
        return len(raw)
    return next((at for at in range(end, max(0, end - 4), -1) if raw[at] & 0xC0 != 0x80), end)


def wrapped(text: str, width: int = WRAP_CHARS) -> list[str]:
    """Text in lines of so many characters at most."""
    return [
        line[at : at + width]
        for line in text.split("\n")
        for at in range(0, max(1, len(line)), width)
    ]
