"""What a batch's bytes must hold to be worth parsing."""

from collections.abc import Callable
from typing import Any

import stringzilla
from aiokafka.record.util import encode_varint

from readers.wanted import Wanted

_KEYS_SEARCHED = 4
"""One pass over a batch's bytes for each key; with more keys, parsing it all is cheaper."""


def worth_parsing(wanted: Wanted) -> Callable[[Any], bool] | None:
    """Says of a decompressed batch whether it can hold a wanted record.

    It may say yes of one that does not: a key may be part of a value. The bytes may be in any
    buffer. None where every batch can: there is nothing to look for.
    """
    keys = _key_needles(wanted.keys)
    texts = [text for text in wanted.texts if text]
    if keys is None and not texts:
        return None

    def is_worth(body: Any) -> bool:
        view = memoryview(body)
        if keys is not None and not any(_holds(view, key) for key in keys):
            return False
        if all(_holds(view, text) for text in texts):
            return True
        return wanted.escaped and _holds(view, b"\\")

    return is_worth


def _holds(view: memoryview, needle: bytes) -> bool:
    return int(stringzilla.find(view, needle)) >= 0


def _key_needles(keys: frozenset[bytes | None] | None) -> list[bytes] | None:
    """None where bytes cannot tell: every key, none, empty ones, or many."""
    if keys is None or len(keys) > _KEYS_SEARCHED:
        return None
    sought = [key for key in keys if key]
    if len(sought) < len(keys):
        return None
    return [_with_length(key) for key in sought]


def _with_length(key: bytes) -> bytes:
    """A key as it lies in a batch, behind its length: that leaves out most values that hold it."""
    length = bytearray()
    encode_varint(len(key), length.append)
    return bytes(length) + key
