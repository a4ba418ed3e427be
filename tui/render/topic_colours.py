"""One colour a topic, the same on every screen and on every day."""

import zlib

_COLOURS = (
    "cyan",
    "green",
    "magenta",
    "yellow",
    "blue",
    "bright_cyan",
    "bright_green",
    "bright_magenta",
)
"""The terminal's own colours: each theme makes them readable."""


def colour_of(topic: str) -> str:
    """The topic's colour, as rich names it."""
    return _COLOURS[zlib.crc32(topic.encode("utf-8", "surrogatepass")) % len(_COLOURS)]
