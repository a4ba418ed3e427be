"""The last value: the state is the newest payload, as a compacted topic keeps it."""

from typing import Any


def reduce(state: Any, event: dict[str, Any]) -> Any:
    """The event's value; one that cannot be decoded leaves the state as it was."""
    return state if event.get("error") is not None else event.get("value")


def replaces(event: dict[str, Any]) -> bool:
    """Every event that can be read carries the whole state."""
    return event.get("error") is None
