"""How long is waited for a source before it is given up."""

from collections.abc import Callable, Iterable, Iterator

from readers.source import Batch


class Patience:
    """How long nothing may come; the time that a reader takes for a batch does not count."""

    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self.renew()

    @property
    def is_over(self) -> bool:
        """Whether nothing came for so long."""
        return self._clock() > self._until_s

    def renew(self) -> None:
        """Something came."""
        self._until_s = self._clock() + self._seconds

    def handed_out(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches, as they are taken."""
        for batch in batches:
            left_s = self._until_s - self._clock()
            yield batch
            self._until_s = self._clock() + left_s
