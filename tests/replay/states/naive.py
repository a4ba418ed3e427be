"""What time travel must equal: everything folded from the start, each time, as simply as can be."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from replay.event import Event
from replay.event_json import event_json
from replay.states.blame_step import first_blame, leaves, next_blame

Reduce = Callable[[Any, Any], Any]


def naive_states(
    events: Sequence[Event | None],
    reduce: Reduce,
    initial: Any = None,
    *,
    fold_duplicates: bool = False,
) -> list[Any]:
    """The state before the first event, and after each; None stands for one that was skipped."""
    states = [initial]
    seen: set[Any] = set()
    for event in events:
        repeated = event is not None and is_repeated(event, seen) and not fold_duplicates
        if event is None or event.is_letter or event.error is not None or repeated:
            states.append(states[-1])
        else:
            states.append(reduce(copy.deepcopy(states[-1]), event_json(event)))
    return states


def is_repeated(event: Event, seen: set[Any]) -> bool:
    if event.event_id is None or event.is_letter or event.event_id == event.aggregate:
        return False
    identity = (event.record.topic, event.type, event.event_id)
    if identity in seen:
        return True
    seen.add(identity)
    return False


def naive_blame(states: Sequence[Any], n: int) -> dict[str, Any]:
    node = first_blame(states[0])
    for number in range(1, n + 1):
        node = next_blame(states[number - 1], node, states[number], number)
    return dict(leaves(node))


def leaf_values(value: Any, pointer: str = "") -> dict[str, Any]:
    """The value at each leaf, by pointer."""
    if not isinstance(value, dict | list) or not value:
        return {pointer: value}
    found: dict[str, Any] = {}
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for name, below in pairs:
        place = str(name).replace("~", "~0").replace("/", "~1")
        found |= leaf_values(below, f"{pointer}/{place}")
    return found


def value_of(value: Any, pointer: str) -> Any:
    """What lies at a pointer, in a list so that null is told from nothing there."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name in map(str, range(len(value))):
            value = value[int(name)]
        else:
            return []
    return [typed(value)]


def typed(value: Any) -> Any:
    """The value with its truth values told from numbers, whatever the order of its members."""
    match value:
        case dict():
            return {name: typed(member) for name, member in value.items()}
        case list():
            return [typed(member) for member in value]
        case bool():
            return ("truth", value)
        case _:
            return value
