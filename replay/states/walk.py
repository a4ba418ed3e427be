"""States one after another, read some at once: between them the reducer is free for a question."""

from collections.abc import Iterator

from replay.fold import Fold

_HELD_BYTES = 8 * 1024 * 1024
"""What the states read at once may hold, about."""
_MOST_HELD = 1024


def states_from(fold: Fold, first: int, last: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Each number of events from `first` to `last`, the story's end by default, and its state."""
    end = len(fold) if last is None else last
    while first <= end:
        count = max(1, min(_MOST_HELD, _HELD_BYTES // len(fold.state_bytes(first))))
        states = tuple(fold.states(first, min(end, first + count - 1)))
        yield from enumerate(states, first)
        first += count
