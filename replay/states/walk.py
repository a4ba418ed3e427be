"""States one after another, read some at once: between them the reducer is free for a question."""

from collections.abc import Iterator

from replay.fold import Fold

_HELD_BYTES = 8 * 1024 * 1024
"""What the states read at once may hold, about."""
_FIRST_HELD = 32
_MOST_HELD = 1024
"""So many at first, and then twice as many each time: most who ask do not ask for all."""


def states_from(fold: Fold, first: int, last: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Each number of events from `first` to `last`, the story's end by default, and its state."""
    end = len(fold) if last is None else last
    held = _FIRST_HELD
    while first <= end:
        count = max(1, min(held, _HELD_BYTES // len(fold.state_bytes(first))))
        states = tuple(fold.states(first, min(end, first + count - 1)))
        yield from enumerate(states, first)
        first += count
        held = min(_MOST_HELD, held * 2)
