"""Dead letters counted by a name of theirs: their key, or where they failed and for whom."""

from collections.abc import Callable
from dataclasses import dataclass, field

from readers.record import Position
from replay.deadletters.groups.grouping import LIMITS
from replay.deadletters.letter import DeadLetter

MAX_NAMES = 20_000
MAX_POSITIONS = 200_000
MAX_LISTED = LIMITS.positions
"""Positions that any list of letters keeps: those that came first."""


@dataclass(frozen=True, slots=True)
class Tallied:
    """The letters of one name.

    Attributes:
        count: letters, each as often as it lies there.
        kinds: how many different failures they are.
        first_ms, last_ms: their times, since the epoch; None where none has one.
        sample: the latest of them.
    """

    name: str
    count: int
    kinds: int
    first_ms: int | None
    last_ms: int | None
    sample: Position


@dataclass(slots=True)
class _Counted:
    sample: Position
    count: int = 0
    kinds: set[str] = field(default_factory=set)
    first_ms: int | None = None
    last_ms: int | None = None
    positions: list[Position] = field(default_factory=list)


class Tally:
    """Counts letters as they come; both the names and the positions that it keeps are bounded.

    Attributes:
        left_out: letters of names beyond the limit.
        unlisted: letters that are counted, and whose positions are not kept.
    """

    def __init__(self, name_of: Callable[[DeadLetter], str]) -> None:
        self._name_of = name_of
        self._by_name: dict[str, _Counted] = {}
        self._kept = 0
        self.left_out = 0
        self.unlisted = 0

    def add(self, letter: DeadLetter, kind: str) -> None:
        """Count a letter whose failure has this fingerprint."""
        name, position = self._name_of(letter), letter.position
        counted = self._by_name.get(name)
        if counted is None:
            if len(self._by_name) >= MAX_NAMES:
                self.left_out += 1
                return
            counted = self._by_name[name] = _Counted(position)
        counted.count += 1
        counted.kinds.add(kind)
        self._note_time(counted, letter)
        if self._kept < MAX_POSITIONS:
            counted.positions.append(position)
            self._kept += 1
        else:
            self.unlisted += 1

    def _note_time(self, counted: _Counted, letter: DeadLetter) -> None:
        time_ms = letter.record.timestamp_ms
        if time_ms is None:
            return
        if counted.last_ms is None or time_ms >= counted.last_ms:
            counted.last_ms, counted.sample = time_ms, letter.position
        if counted.first_ms is None or time_ms < counted.first_ms:
            counted.first_ms = time_ms

    def rows(self, limit: int) -> tuple[Tallied, ...]:
        """The names with most letters first, so many at most."""
        ranked = sorted(self._by_name.items(), key=lambda item: (-item[1].count, item[0]))
        return tuple(
            Tallied(name, c.count, len(c.kinds), c.first_ms, c.last_ms, c.sample)
            for name, c in ranked[:limit]
        )

    @property
    def names(self) -> int:
        """How many names there are."""
        return len(self._by_name)

    def positions(self, name: str) -> tuple[Position, ...]:
        """Where the letters of a name lie, as they came."""
        counted = self._by_name.get(name)
        return () if counted is None else tuple(counted.positions)


class Copies:
    """Letters of one kind and one origin: the one that came last stands for all of them.

    Up to a limit they are told apart by 64-bit hashes; beyond it, each stands for itself. Which
    are older is kept of those only that came so early that their positions are listed.
    """

    def __init__(self) -> None:
        self._latest: dict[int, tuple[Position, int]] = {}
        self._times: dict[Position, int] = {}
        self._older: set[int] = set()
        self._added = 0

    def add(self, letter: DeadLetter, kind: str) -> None:
        """Note a letter whose failure has this fingerprint."""
        number, origin = self._added, letter.origin.position
        self._added += 1
        if origin is None:
            return
        identity, position = hash((kind, origin)), letter.position
        before = self._latest.get(identity)
        if before is not None:
            older, added = before
            if added < MAX_LISTED:
                self._older.add(hash(older))
            self._times[position] = self._times.pop(older, 1) + 1
        elif len(self._latest) >= MAX_POSITIONS:
            return
        self._latest[identity] = position, number

    def is_older(self, position: Position) -> bool:
        """Whether another letter stands for the one at this position."""
        return hash(position) in self._older

    def times(self, position: Position) -> int:
        """How many letters the one at this position stands for, itself counted."""
        return self._times.get(position, 1)
