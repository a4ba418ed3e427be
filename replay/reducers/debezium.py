"""Change events of a database (Debezium's): the state is the row, as the table has it then.

An event's value is an envelope with `op`, `before` and `after`, bare or beside its schema. A value
that is no envelope is taken as the row itself, as Debezium writes it once it is unwrapped.
"""

from typing import Any

UNAVAILABLE = "__debezium_unavailable_value"
"""Stands in a change of PostgreSQL's for a large column that the change did not touch."""
_OPERATIONS = ("c", "r", "u", "d", "t", "m")


def reduce(state: Any, event: dict[str, Any]) -> Any:
    """The row after the change; None once it is deleted, and for a tombstone."""
    change = _change(event.get("value"))
    if change is None:
        return event.get("value")
    match change["op"]:
        case "c" | "r" | "u":
            return _filled(change.get("after"), state)
        case "d" | "t":
            return None
        case _:
            return state


def replaces(event: dict[str, Any]) -> bool:
    """Whether the event tells the whole row, or that there is none."""
    change = _change(event.get("value"))
    if change is None or change["op"] in "dt":
        return True
    after = change.get("after")
    is_whole = not isinstance(after, dict) or UNAVAILABLE not in map(_text, after.values())
    return change["op"] in "cru" and is_whole


def narrate(event: dict[str, Any], before: Any, after: Any) -> str | None:
    """What was done to the row, and which columns are others now."""
    change = _change(event.get("value"))
    if change is None:
        return None
    table = (change.get("source") or {}).get("table") or "row"
    match change["op"]:
        case "c":
            return f"Inserted into {table}"
        case "r":
            return f"Read from {table} by a snapshot"
        case "u":
            return f"Updated in {table}: {', '.join(_others(before, after)) or 'nothing changed'}"
        case "d":
            return f"Deleted from {table}"
        case "t":
            return f"All of {table} was deleted"
        case _:
            return None


def _change(value: Any) -> Any:
    """The envelope; None where the value is none."""
    if isinstance(value, dict) and "schema" in value and isinstance(value.get("payload"), dict):
        value = value["payload"]
    if isinstance(value, dict) and value.get("op") in _OPERATIONS and "source" in value:
        return value
    return None


def _filled(after: Any, before: Any) -> Any:
    """The row, with what a change does not tell taken from the row before."""
    if not isinstance(after, dict):
        return after
    known = before if isinstance(before, dict) else {}
    return {
        column: known.get(column, value) if _text(value) == UNAVAILABLE else value
        for column, value in after.items()
    }


def _others(before: Any, after: Any) -> list[str]:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    return [column for column, value in after.items() if before.get(column) != value]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
