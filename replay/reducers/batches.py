"""Events on their way to a reducer's process, some at a time."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from replay.reducers.stepping import Given

_FIRST_BATCH = 32
_MOST_BATCH = 1024
_BATCH_BYTES = 4 << 20
_SHORT_S = 0.05


class Batches:
    """Events in batches: small ones at first, and where they take long.

    A batch that fails is run again one by one; and whoever reads waits for a whole one.
    """

    def __init__(self, events: Iterable[Given]) -> None:
        self._events = iter(events)
        self._size = _FIRST_BATCH
        self._ready: Sequence[Given] = ()

    def take(self) -> Sequence[Given]:
        """The next one; empty when all were taken."""
        self.prepare()
        ready, self._ready = self._ready, ()
        return ready

    def prepare(self) -> None:
        """Have the next one ready."""
        if not self._ready:
            self._ready = list(self._gathered())

    def adapt(self, took_s: float) -> None:
        """The last one took so long."""
        longer = self._size * 2 if took_s < _SHORT_S else self._size // 2
        self._size = min(max(1, longer), _MOST_BATCH)

    def _gathered(self) -> Iterator[Given]:
        size_bytes = 0
        for given in islice(self._events, self._size):
            yield given
            size_bytes += len(given.line or b"")
            if size_bytes >= _BATCH_BYTES:
                return
