"""Places in a JSON value, by RFC 6901 pointers; and whether two values are the same."""

import re

import orjson
from jsonpointer import JsonPointer, JsonPointerException, escape

from readers.decoders.payload import Json
from readers.errors import UsageError
from replay.changes import ABSENT, Absent, changes

Parts = tuple[str, ...]

_INDEX = re.compile("0|[1-9][0-9]{0,9}")


def parts_of(pointer: str) -> Parts:
    """The names on the way to a place; none for the whole value.

    Raises:
        UsageError: the text is no pointer.
    """
    try:
        return tuple(JsonPointer(pointer).parts)
    except JsonPointerException as error:
        raise UsageError(
            f"{pointer!r} is no JSON pointer; write /items/0/sku, with ~1 for a / in a name and "
            "~0 for a ~."
        ) from error


def child(pointer: str, name: str | int) -> str:
    """The pointer of a member or an item."""
    return f"{pointer}/{name if isinstance(name, int) else escape(name)}"


def value_at(value: Json, parts: Parts) -> Json | Absent:
    """What lies there; ABSENT where nothing does."""
    for name in parts:
        match value:
            case dict() if name in value:
                value = value[name]
            case list() if _INDEX.fullmatch(name) and int(name) < len(value):
                value = value[int(name)]
            case _:
                return ABSENT
    return value


def same(before: Json, after: Json) -> bool:
    """Equal as JSON: a truth value is no number, `1` and `1.0` are one; order means nothing."""
    if before != after:
        return False
    if type(before) is type(after) and not isinstance(before, dict | list):
        return True
    if orjson.dumps(before) == orjson.dumps(after):
        return True
    return next(changes(before, after), None) is None


def is_branch(value: Json) -> bool:
    """Whether it has members or items; what has none is a leaf, `{}` and `[]` too."""
    return isinstance(value, dict | list) and bool(value)
