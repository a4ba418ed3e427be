"""JSON, within bounds: deep, huge and broken values become an error beside their text."""

import codecs
from typing import cast

import orjson

from readers.decoders.payload import Json, Payload
from readers.record import Record

MAX_DEPTH = 200
"""Deeper values decode but cannot be written again: orjson dumps 254 levels at most."""
SHALLOW_BYTES = 2 * MAX_DEPTH
"""JSON of so many bytes is not deeper: each level takes two brackets."""
_STARTS = b'{["-0123456789tfn'
_SPACE = b" \t\r\n"


class JsonDecoder:
    """A JSON document in UTF-8."""

    def decode(self, record: Record) -> Payload | None:
        """The document; None where the value does not begin like one and is none."""
        # RFC 8259, section 8.1: a reader may ignore a byte order mark; .NET's writers add one.
        raw = (record.value or b"").removeprefix(codecs.BOM_UTF8)
        first = raw[:64].lstrip(_SPACE)[:1] or raw.lstrip(_SPACE)[:1]
        if not first or first not in _STARTS:
            return None
        try:
            value = cast(Json, orjson.loads(raw))
        except orjson.JSONDecodeError as error:
            return _broken(raw, first, str(error))
        if may_be_deep(raw) and _depth(value) > MAX_DEPTH:
            return _broken(raw, first, f"nested deeper than {MAX_DEPTH} levels")
        return Payload(value, "json")


def _broken(raw: bytes, first: bytes, why: str) -> Payload | None:
    if first not in b"{[":  # a word or a number that is no JSON: plain text, and no error
        return None
    error = f"not JSON: {why}"
    try:
        return Payload(raw.decode("utf-8"), "text", error)
    except UnicodeDecodeError:
        return Payload(raw, "bytes", error)


def may_be_deep(raw: bytes) -> bool:
    """Whether JSON has brackets enough to be nested deeper than `MAX_DEPTH`."""
    return len(raw) > SHALLOW_BYTES and raw.count(b"[") + raw.count(b"{") > MAX_DEPTH


def _depth(value: Json) -> int:
    """Levels of nesting, found without recursion."""
    depth = 0
    level: list[Json] = [value]
    while level:
        below: list[Json] = []
        for node in level:
            if isinstance(node, dict):
                below.extend(node.values())
            elif isinstance(node, list):
                below.extend(node)
        depth += 1
        level = below
    return depth
