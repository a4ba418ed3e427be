"""Values that a hop wrote as a base64 JSON string: Spring's JsonSerializer does that to raw bytes.

At each hop the string is wrapped once more (spring-kafka issue 2000).
"""

import base64
import binascii

import orjson

_MOST = 32
"""Every hop makes a value a third longer: after 32 an empty one would fill no topic's limit."""
_JSON_STARTS = (b"{", b"[", b'"')
SCHEMA_ID = b"\x00"
"""What a schema registry's serializers write first."""


def unwrap(value: bytes, times: int | None = None) -> tuple[bytes, int]:
    """What is inside, and how often it was wrapped.

    Args:
        value: the value as it lies there.
        times: unwrap so often, as far as it goes, whatever comes out; None stops where what is
            inside looks like nothing that was wrapped: many a word is base64 too.
    """
    done = 0
    while done < (_MOST if times is None else times):
        inside = _inside(value)
        if inside is None or (times is None and not _looks_wrapped(inside)):
            break
        value, done = inside, done + 1
    return value, done


def innermost(value: bytes) -> bytes:
    """What is inside when nothing is left to unwrap, whatever it looks like."""
    return unwrap(value, _MOST)[0]


def times_wrapped(value: bytes | None) -> int:
    """How often a value seems to be wrapped; 0 for one that is as it was."""
    return 0 if value is None else unwrap(value)[1]


def _inside(value: bytes) -> bytes | None:
    """What the JSON string holds in base64; None where it is no such string."""
    if not (value.startswith(b'"') and value.endswith(b'"')):
        return None
    try:
        text = orjson.loads(value)
        return base64.b64decode(text, validate=True) or None if isinstance(text, str) else None
    except (orjson.JSONDecodeError, binascii.Error, ValueError):
        return None


def _looks_wrapped(inside: bytes) -> bool:
    return inside.startswith((*_JSON_STARTS, SCHEMA_ID))
