"""JSON merge patch (RFC 7386): each payload is merged into the state; null removes a member."""

from typing import Any


def reduce(state: Any, event: dict[str, Any]) -> Any:
    """The state with the event's value merged in; a tombstone leaves nothing."""
    if event.get("error") is not None:
        return state
    return merge_patch(state, event.get("value"))


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7386, section 2; neither argument is changed.

    Without recursion: a payload may be nested deeper than Python's stack is.
    """
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    waiting = [(merged, patch)]
    while waiting:
        into, part = waiting.pop()
        for name, value in part.items():
            if value is None:
                into.pop(name, None)
            elif isinstance(value, dict):
                before = into.get(name)
                into[name] = dict(before) if isinstance(before, dict) else {}
                waiting.append((into[name], value))
            else:
                into[name] = value
    return merged
