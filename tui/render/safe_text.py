"""Text from outside made harmless for a terminal: the two layers every screen and command uses.

Layer 1, `visible`, turns what a terminal would obey or hide into signs that can be read. Layer 2,
`without_controls`, deletes what slipped past it from every line that is drawn; what hands it the
lines is in `line_filter.py`, since commands, which need this module, do without Textual.
"""

import re
import unicodedata
from functools import cache

# Category Cf of Unicode 16 without ZWNJ and ZWJ (U+200C, U+200D), which scripts and emoji need,
# and with the whole block of tags. A test compares it with `unicodedata`.
_FORMAT = (
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_LATE_CONTROLS = "\x7f-\x9f"
_SEPARATORS = "\u2028\u2029"
_SURROGATES = "\ud800-\udfff"
_NOT_C0 = f"{_LATE_CONTROLS}{_FORMAT}{_SEPARATORS}{_SURROGATES}"

_UNSAFE = f"[\x00-\x1f{_NOT_C0}]"
_UNSAFE_BUT_LF = f"[\x00-\x09\x0b-\x1f{_NOT_C0}]"
_PLAIN_ASCII = bytes(range(0x7F))
_UNSAFE_IN_JSON = f"[{_NOT_C0}]"
# Every mark without a width lies above U+02FF, so a run of four can only be in one of these.
_MAYBE_MARKS = "[\u0300-\U0010ffff]{4,}"

MARKS_LIMIT = 3
"""Marks drawn over one character; what follows is shown as `…`."""


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Compiled with the first text that is not plain: all of them took 4 ms of every start."""
    return re.compile(text)


def visible(text: str, *, limit: int | None = None, lines: bool = False) -> str:
    """The text with nothing in it that a terminal obeys or hides; doing it twice changes nothing.

    Args:
        text: anything from outside.
        limit: the longest result in characters, its end saying how many of the text's are left
            out; None keeps all. Only as much is cleaned as is kept.
        lines: keep line feeds (and tabs as four spaces) instead of showing them as signs.
    """
    if limit is not None and len(text) > limit:
        return _cut(text, limit, lines)
    if text.isascii() and text.isprintable():
        return text
    cleaned = _clean(text, lines)
    return cleaned if limit is None or len(cleaned) <= limit else _cut(text, limit, lines)


def _clean(text: str, lines: bool) -> str:
    unsafe, sign = (_UNSAFE_BUT_LF, _sign_in_lines) if lines else (_UNSAFE, _sign)
    cleaned = _pattern(unsafe).sub(sign, text)
    return cleaned if cleaned.isascii() else _pattern(_MAYBE_MARKS).sub(_thin_marks, cleaned)


def _sign(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if code < 0xA0:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _sign_in_lines(match: re.Match[str]) -> str:
    return "    " if match[0] == "\t" else _sign(match)


def _thin_marks(match: re.Match[str]) -> str:
    kept: list[str] = []
    run = 0
    for character in match[0]:
        run = run + 1 if _has_no_width(character) else 0
        if run <= MARKS_LIMIT:
            kept.append(character)
        elif run == MARKS_LIMIT + 1:
            kept.append("…")
    return "".join(kept)


def _has_no_width(character: str) -> bool:
    return character in "\u200c\u200d" or unicodedata.category(character) in ("Mn", "Me")


def _cut(text: str, limit: int, lines: bool) -> str:
    """As much of the text's beginning as fits together with a tail that counts the rest."""
    room = max(0, limit - len(_tail(len(text))))
    kept = text[:room]
    cleaned = _clean(kept, lines)
    while len(cleaned) > room:  # signs are up to ten times as long as what they stand for
        kept = kept[: min(len(kept) - 1, len(kept) * room // len(cleaned))]
        cleaned = _clean(kept, lines)
    return (cleaned + _tail(len(text) - len(kept)))[:limit]


def _tail(count: int) -> str:
    return f"… +{count:,}"


def without_controls(text: str) -> str:
    """The text without control, direction and zero-width characters; its width stays as it was."""
    return _pattern(_UNSAFE_BUT_LF).sub(_nothing, text)


def _nothing(match: re.Match[str]) -> str:
    # A surrogate takes a cell, the others none.
    return "\ufffd" if "\ud800" <= match[0] <= "\udfff" else ""


def escape_json_controls(data: bytes) -> bytes:
    r"""JSON, one document or one a line, made safe for a terminal: the same JSON, `\u` escapes.

    A JSON writer escapes C0; DEL, C1, direction marks, zero-width characters and line separators
    it may leave as they are.
    """
    if data.isascii() and b"\x7f" not in data:
        return data
    # Looking through what is not plain ASCII, as a rule little, is 50 times as fast as through all.
    rest = data.translate(None, _PLAIN_ASCII).decode("utf-8", "surrogateescape")
    if not _pattern(_UNSAFE_IN_JSON).search(rest):
        return data
    text = data.decode("utf-8", "surrogateescape")
    return _pattern(_UNSAFE_IN_JSON).sub(_json_escape, text).encode("utf-8")


def _json_escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
