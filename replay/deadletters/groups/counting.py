"""What is counted of a group in bounded memory: different things, times, places and outcomes."""

from array import array
from collections.abc import Hashable, Sequence
from typing import overload

from readers.record import Position, TopicPartition

RATE_CELLS = 48
"""A rate has this many at most, and at least half of it where times differ that much."""
_MAX_NAMES = 100
_NAME_CHARS = 255


class Seen:
    """Which of many things were seen before, told apart by 64-bit hashes, up to a limit.

    Attributes:
        is_full: something came that is not kept: whether such a thing is new is not known, and
            it is called `if_unknown`.
    """

    def __init__(self, limit: int, *, if_unknown: bool) -> None:
        self._limit = limit
        self._if_unknown = if_unknown
        self._hashes: set[int] = set()
        self.is_full = False

    def is_new(self, thing: Hashable) -> bool:
        """Whether it is here for the first time."""
        found = hash(thing)
        if found in self._hashes:
            return False
        if len(self._hashes) >= self._limit:
            self.is_full = True
            return self._if_unknown
        self._hashes.add(found)
        return True


class Origins:
    """Which letters were seen before: those of one kind and one origin are one letter.

    Nearly every origin failed in one way: that one is kept with it, and any further ones apart.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kinds: dict[int, str] = {}
        self._further = Seen(limit, if_unknown=True)
        self._is_full = False

    @property
    def is_full(self) -> bool:
        """Whether something came that is not kept, and is called new each time."""
        return self._is_full or self._further.is_full

    def add(self, kind: str, origin: Position) -> tuple[bool, bool]:
        """Whether the letter is new, and whether its origin is, whatever the kind."""
        found = hash(origin)
        first = self._kinds.get(found)
        if first is not None:
            return first != kind and self._further.is_new((kind, origin)), False
        if len(self._kinds) < self._limit:
            self._kinds[found] = kind
        else:
            self._is_full = True
        return True, True


class Names:
    """Different names, up to a hundred; of a longer one only so much as Kafka's own may have."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self.is_full = False

    def add(self, name: str | None) -> None:
        """Note a name; None is none."""
        if name is None or name[:_NAME_CHARS] in self._names:
            return
        if len(self._names) < _MAX_NAMES:
            self._names.add(name[:_NAME_CHARS])
        else:
            self.is_full = True

    def sorted(self) -> tuple[str, ...]:
        """All that were noted."""
        return tuple(sorted(self._names))


class Axis:
    """Times from the first to the last, cut into cells that double as the range grows."""

    def __init__(self) -> None:
        self.first_ms: int | None = None
        self.last_ms: int | None = None
        self.shift = 0

    def add(self, time_ms: int) -> None:
        """Make room for a time; a cell is 2 ** `shift` ms wide."""
        if self.first_ms is None or self.last_ms is None:
            self.first_ms = self.last_ms = time_ms
            return
        if self.first_ms <= time_ms <= self.last_ms:
            return
        self.first_ms = min(self.first_ms, time_ms)
        self.last_ms = max(self.last_ms, time_ms)
        while (self.last_ms >> self.shift) - (self.first_ms >> self.shift) >= RATE_CELLS:
            self.shift += 1


class Rate:
    """How many fell into each cell of an axis that others share."""

    def __init__(self, axis: Axis) -> None:
        self._axis = axis
        self._shift = axis.shift
        self._counts: dict[int, int] = {}

    def add(self, time_ms: int) -> None:
        """Count one, whose time the axis has room for."""
        if self._shift != self._axis.shift:
            self._widen()
        cell = time_ms >> self._shift
        self._counts[cell] = self._counts.get(cell, 0) + 1

    def cells(self) -> tuple[int, ...]:
        """From the axis's first cell to its last; empty where no time is known."""
        axis = self._axis
        if axis.first_ms is None or axis.last_ms is None:
            return ()
        self._widen()
        numbers = range(axis.first_ms >> axis.shift, (axis.last_ms >> axis.shift) + 1)
        return tuple(self._counts.get(number, 0) for number in numbers)

    def _widen(self) -> None:
        by = self._axis.shift - self._shift
        counts: dict[int, int] = {}
        for cell, count in self._counts.items():
            counts[cell >> by] = counts.get(cell >> by, 0) + count
        self._counts, self._shift = counts, self._axis.shift


class Places:
    """Partitions by number, so that a position takes 12 bytes."""

    def __init__(self) -> None:
        self._numbers: dict[TopicPartition, int] = {}
        self.partitions: list[TopicPartition] = []

    def number(self, partition: TopicPartition) -> int:
        """The partition's number, the same each time."""
        number = self._numbers.get(partition)
        if number is None:
            number = self._numbers[partition] = len(self.partitions)
            self.partitions.append(partition)
        return number


class Positions(Sequence[Position]):
    """Positions in the order in which they were added, kept compactly."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._partitions = array("I")
        self._offsets = array("q")

    def add(self, position: Position) -> None:
        """Put one at the end."""
        self._partitions.append(self._places.number(position.topic_partition))
        self._offsets.append(position.offset)

    def __len__(self) -> int:
        return len(self._offsets)

    @overload
    def __getitem__(self, index: int) -> Position: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Position, ...]: ...
    def __getitem__(self, index: int | slice) -> Position | tuple[Position, ...]:
        if isinstance(index, slice):
            return tuple(self[n] for n in range(*index.indices(len(self))))
        return Position(*self._places.partitions[self._partitions[index]], self._offsets[index])
