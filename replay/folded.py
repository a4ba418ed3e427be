"""What is known of events that were folded: kept states, how many were taken in, what failed."""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from replay.reducers.stepping import Stepped
from replay.snapshots import Snapshots


@dataclass(frozen=True, slots=True)
class StateError:
    """An event that the state could not take in, and why; 0 is before the first."""

    n: int
    error: str


class Folded:
    """What a fold remembers of its first events, in order; it grows at the end."""

    def __init__(self, snapshots: Snapshots) -> None:
        self.snapshots = snapshots
        self.told: list[str | None] = []
        self._applied = array("q", [0])
        self._errors: list[StateError] = []
        self._replacing = array("q")

    def __len__(self) -> int:
        return len(self.told)

    def add(self, step: Stepped, refusal: str | None) -> None:
        """What became of the next event; `refusal` is why the reducer was not given it."""
        self.told.append(step.says)
        self._applied.append(self._applied[-1] + step.applied)
        n = len(self.told)
        if step.replaces:
            self._replacing.append(n)
        error = step.error or refusal
        if error is not None:
            self._errors.append(StateError(n, error))

    def applied(self, n: int) -> int:
        """How many of the first `n` events the state took in."""
        return self._applied[n]

    def errors(self, first: int, last: int) -> Sequence[StateError]:
        """Those of the events `first` to `last`, ascending."""
        return self._errors[self._errors_before(first) : self._errors_before(last + 1)]

    def replaced_at(self, n: int) -> int | None:
        """The last of the first `n` events that carried the whole state; None where none did."""
        index = bisect_right(self._replacing, n)
        return self._replacing[index - 1] if index else None

    def start(self, n: int) -> tuple[int, bytes]:
        """The nearest place, of `n` events or fewer, from which state `n` can be folded."""
        at, state = self.snapshots.before(n)
        replaced = self.replaced_at(n)
        if replaced is None or replaced - 1 <= at:
            return at, state
        return replaced - 1, self.snapshots.before(0)[1]

    def __copy__(self) -> "Folded":
        copied = object.__new__(Folded)
        copied.snapshots = self.snapshots.copy()
        vars(copied).update(
            told=self.told[:],
            _applied=self._applied[:],
            _errors=self._errors[:],
            _replacing=self._replacing[:],
        )
        return copied

    def forget_from(self, n: int) -> None:
        """Event `n` and those behind it are others now."""
        self.snapshots.forget_from(n)
        del self.told[n - 1 :]
        del self._applied[n:]
        del self._errors[self._errors_before(n) :]
        del self._replacing[bisect_right(self._replacing, n - 1) :]

    def _errors_before(self, n: int) -> int:
        return bisect_right(self._errors, n - 1, key=lambda error: error.n)
