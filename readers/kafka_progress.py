"""Where the latest append lies, as text that fits beside a committed offset."""

from collections.abc import Sequence

import orjson

from readers.errors import SourceRefused, UsageError
from readers.record import Position

TEXT_BYTES_MAX = 4_095
"""A broker takes 4,096 (`offset.metadata.max.bytes`), and the client counts a closing NUL.

Fifty records of one topic take 0.7 kB, of fifty topics of 50 letters 3.4 kB (measured).
"""


def packed(positions: Sequence[Position]) -> str:
    """The positions as text: each topic once, and for each position its topic's number.

    Raises:
        UsageError: they go to so many topics with names so long that it does not fit.
    """
    numbers: dict[str, int] = {}
    places = [
        (numbers.setdefault(topic, len(numbers)), partition, offset)
        for topic, partition, offset in positions
    ]
    text = orjson.dumps({"topics": list(numbers), "at": places})
    if len(text) > TEXT_BYTES_MAX:
        raise UsageError(
            f"{len(positions)} records go to {len(numbers)} topics, whose names are too long to "
            "note in one transaction; send fewer at once. Nothing was sent."
        )
    return text.decode()


def unpacked(text: str) -> tuple[Position, ...]:
    """The positions out of the text.

    Raises:
        SourceRefused: it was not written by kstory.
    """
    try:
        found = orjson.loads(text)
        topics = found["topics"]
        return tuple(
            Position(topics[at], partition, offset) for at, partition, offset in found["at"]
        )
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise SourceRefused(
            "The progress of this write was not noted by kstory, so it is not known what was sent. "
            "Make a new plan."
        ) from error
