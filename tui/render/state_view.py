"""A state as rows of path and value, and what an event changed in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from readers.decoders.payload import Json
from replay.changes import Absent, Change

MAX_ROWS = 500
_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class StateRow:
    """One leaf of a state: how deep it lies, its name, its value as text, and its pointer."""

    depth: int
    name: str
    value: str
    pointer: str


def state_rows(state: Json) -> Iterator[StateRow]:
    """The leaves and the branches above them, in the state's order; empty ones show as such."""
    if not isinstance(state, dict | list) or not state:
        yield StateRow(0, "", json_text(state), "")
    else:
        yield from _rows(state, 0, "")


def _rows(value: dict[str, Json] | list[Json], depth: int, pointer: str) -> Iterator[StateRow]:
    pairs: Sequence[tuple[str, Json]] = (
        list(value.items())
        if isinstance(value, dict)
        else [(str(index), item) for index, item in enumerate(value)]
    )
    for name, item in pairs:
        place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        if isinstance(item, dict | list) and item:
            yield StateRow(depth, name, f"({len(item)})" if isinstance(item, list) else "", place)
            yield from _rows(item, depth + 1, place)
        else:
            yield StateRow(depth, name, json_text(item), place)


def json_text(value: Json) -> str:
    """A value as JSON in one line, cut where it is long."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= _MAX_CHARS else f"{text[:_MAX_CHARS]}… {len(text):,} characters"


def change_text(change: Change) -> tuple[str, str, str]:
    """Where, and the values before and after; `—` stands where nothing was, or is."""
    before, after = (
        "—" if isinstance(value, Absent) else json_text(value)
        for value in (change.before, change.after)
    )
    return change.pointer.removeprefix("/").replace("/", ".") or "(state)", before, after
