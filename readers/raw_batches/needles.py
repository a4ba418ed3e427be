"""What a batch's bytes must hold to be worth parsing."""

import re
from collections.abc import Callable
from typing import Any

from aiokafka.record.util import encode_varint

from readers.wanted import Wanted

_KEYS_SEARCHED = 4
"""One pass over a batch's bytes for each key; with more keys, parsing it all is cheaper."""


def worth_parsing(wanted: Wanted) -> Callable[[Any], bool]:
    """Says of a decompressed batch whether it can hold a wanted record.

    It may say yes of one that does not: a key may be part of a value. The bytes may be in any
    buffer.
    """
    keys = _key_patterns(wanted.keys)
    texts = [re.compile(re.escape(text)) for text in wanted.texts if text]
    other_spelling = re.compile(rb"\\") if wanted.escaped else None

    def is_worth(body: Any) -> bool:
        if keys is not None and not any(key.search(body) for key in keys):
            return False
        missing = (text for text in texts if not text.search(body))
        if next(missing, None) is None:
            return True
        return other_spelling is not None and bool(other_spelling.search(body))

    return is_worth


def _key_patterns(keys: frozenset[bytes | None] | None) -> list[re.Pattern[bytes]] | None:
    """None where bytes cannot tell: every key, none, empty ones, or many."""
    if keys is None or len(keys) > _KEYS_SEARCHED:
        return None
    sought = [key for key in keys if key]
    if len(sought) < len(keys):
        return None
    return [re.compile(re.escape(_with_length(key))) for key in sought]


def _with_length(key: bytes) -> bytes:
    """A key as it lies in a batch, behind its length: that leaves out most values that hold it."""
    length = bytearray()
    encode_varint(len(key), length.append)
    return bytes(length) + key
