"""The variable parts of a message, masked, so that messages of one kind are equal."""

import re

MASK = "‹*›"
MAX_CHARS = 300
"""A masked message is no longer."""
_MAX_READ = 4_000
"""More of a message is not looked at."""
_CUT = " …"
_QUOTED_CHARS = 400

# Every alternative begins at a place of its own (a word's first letter, a quote, a slash) and goes
# on without a choice, or for a limited way: the whole is linear in the message's length. What
# stands beside a masked part is seen as if that still stood there: masking twice changes nothing.
_BEFORE = r"(?<![\w‹›])"
_AFTER = r"(?![\w‹›])"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_VARIABLE = re.compile(
    "|".join(
        (
            # Plain words, so that nothing below is tried at each of their letters (38 µs a message
            # without it, 10 with it); and quoted code, which is the same each time: "Order.id()".
            rf"(?P<kept>(?:(?!{_DAY} )[^\W\d]++[,;:.)]?(?: |$))++"
            r'|"[^\W\d][^"\d\s]{0,200}\(\)")',
            *(
                rf"{_BEFORE}{begin}[^{begin}{end}‹›]{{0,{_QUOTED_CHARS}}}{end}{_AFTER}"
                for begin, end in ('""', "''", "``", "“”", "‘’", "«»", "»«")
            ),
            # Date.toString() of Java
            rf"\b{_DAY} (?:{_MONTHS}) \d\d \d\d:\d\d:\d\d \w{{2,5}} \d{{4}}\b",
            r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\b",
            r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b",
            r"\b[A-Za-z]{2,10}://[^\s\"'<>‹›]+",
            r"(?<![\w.+‹›-])[\w.+-]++@\w[\w.-]*",
            r"@[0-9a-f]{5,16}\b",
            r"(?<![\w:.‹›])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![\w:-])",
            r"\b[A-Za-z]:\\[^\s\"'‹›]*",
            r"(?<![\w.‹›])~?/[\w.~%+@=-][\w.~%+@=/:-]*",
            # Numbers, with a sign and with what groups their digits; and every word with a digit
            # in it, hyphens and all, such as order-4711 or SKU-A17-B.
            r"(?:(?<![\w.)\]‹›+-])[+-])?\b\d(?:[.,:-]?\w)*",
            r"\b[^\W\d]++(?:-[^\W\d]++){0,8}+-?\d(?:[.,:-]?\w)*",
        )
    )
)


def masked(message: str) -> str:
    """The message on one line, each variable part as `‹*›`; no digit is left in it."""
    line = " ".join(message[:_MAX_READ].split())
    text = _VARIABLE.sub(_replaced, line)
    if len(text) <= MAX_CHARS:
        return text
    # Only whole words: half of one might be taken for something else.
    words = text[: MAX_CHARS - len(_CUT)].rpartition(" ")[0]
    return (words or MASK) + _CUT


def _replaced(match: re.Match[str]) -> str:
    return match["kept"] or MASK
