"""Spring Cloud Stream with `headerMode=embeddedHeaders`: what failed is written into the value.

The value is 0xff, the number of headers (1 byte), for each its name's length (1), the name, its
value's length (big-endian int32) and its value as JSON; then the payload (EmbeddedHeaderUtils).
"""

from collections.abc import Mapping

import orjson

from readers.record import Record
from replay.deadletters.dialects.causes import root_cause
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.dialects.table import SPRING_CLOUD_STREAM
from replay.deadletters.letter import Confidence, Failure, Hop, Origin
from replay.deadletters.topics import is_dead_letter_name

_BEGIN = b"\xff"
_INT32 = 4
_TOPIC, _EXCEPTION = "x-original-topic", "x-exception-fqcn"


class SpringEmbedded:
    """Letters in topics that are named like dead-letter topics.

    The original's value is not to be told from the letter's to the byte: whether it had embedded
    headers of its own, and in which order, is lost. So a letter is a pointer to it.
    """

    name = SPRING_CLOUD_STREAM.name

    def expects(self, topic: str) -> bool:
        """Whether the topic is named like a dead-letter topic."""
        return is_dead_letter_name(topic)

    def owns(self, header: str) -> bool:
        """It writes none."""
        return False

    def read(self, record: Record) -> Reading | None:
        """What the value's own headers say."""
        value = record.value
        if value is None or not value.startswith(_BEGIN):
            return None
        told = _embedded(value)
        if _TOPIC not in told:
            return None
        confidence = Confidence.SURE if _EXCEPTION in told else Confidence.LIKELY
        return Reading(confidence, (_hop(told, record.timestamp_ms),), record.key, is_pointer=True)


SPRING_EMBEDDED = SpringEmbedded()


def _hop(told: Mapping[str, object], failed_at_ms: int | None) -> Hop:
    stack = _text(told.get("x-exception-stacktrace"))
    return Hop(
        Origin(
            _text(told.get(_TOPIC)),
            _count(told.get("x-original-partition")),
            _count(told.get("x-original-offset")),
            _count(told.get("x-original-timestamp")),
        ),
        Failure(
            _text(told.get(_EXCEPTION)),
            root_cause(stack),
            _text(told.get("x-exception-message")),
            stack,
        ),
        failed_at_ms=failed_at_ms,
    )


def _embedded(value: bytes) -> dict[str, object]:
    """The headers in a value; none where it is not written so."""
    told: dict[str, object] = {}
    at = 2
    try:
        for _ in range(value[1]):
            name = _taken(value, at + 1, value[at])
            at += 1 + len(name)
            length = int.from_bytes(_taken(value, at, _INT32))
            content = _taken(value, at + _INT32, length)
            at += _INT32 + length
            told[name.decode()] = orjson.loads(content)
    except (IndexError, ValueError):
        return {}
    return told


def _taken(value: bytes, start: int, length: int) -> bytes:
    """So many bytes of it.

    Raises:
        ValueError: there are not so many.
    """
    if start + length > len(value):
        raise ValueError
    return value[start : start + length]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: object) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and value >= 0 else None  # type: ignore[operator, return-value]
