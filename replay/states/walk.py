"""States one after another, read some at once: between them the reducer is free for a question."""

from collections.abc import Iterator

from replay.fold import Fold

CHUNK = 128
"""States held at once."""


def states_from(fold: Fold, first: int, last: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Each number of events from `first` to `last`, the story's end by default, and its state."""
    end = len(fold) if last is None else last
    for start in range(first, end + 1, CHUNK):
        states = tuple(fold.states(start, min(end, start + CHUNK - 1)))
        yield from enumerate(states, start)
