"""Reading back from some offsets in steps: how wide each is depends on how large records are."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from readers.record import Record, Span, TopicPartition
from readers.source import Batch, Notice
from replay.pages import Page, page_of_newest
from replay.window_rows import place_of

_WASTE = 2
"""A step that brings more than so many times what is kept is broken off: it was too wide."""
_WIDER, _NARROWER = 4, 8


@dataclass(slots=True)
class _Back:
    """One partition, read back to `lo`; what the present step brings of it is not kept yet."""

    lo: int
    floor: int
    room_bytes: int
    width: int = field(init=False)
    kept: deque[Record] = field(default_factory=deque)
    step: list[Record] = field(default_factory=list)
    step_bytes: int = 0
    reached: int = 0
    spent_bytes: int = 0

    def __post_init__(self) -> None:
        self.width = max(1, self.lo - self.floor)

    @property
    def is_done(self) -> bool:
        return self.lo <= self.floor or 2 * self.spent_bytes >= self.room_bytes

    @property
    def is_read(self) -> bool:
        """Whether the present step is read to its end."""
        return self.reached >= self.lo

    @property
    def start(self) -> int:
        """Where the present step begins."""
        return max(self.floor, self.lo - self.width)

    def keep(self) -> None:
        """The step was read to its end; of what is too much the oldest is left out."""
        start = self.start
        for record in reversed(self.step):
            if self.kept and self.spent_bytes + record.size_bytes > self.room_bytes:
                start = self.floor = record.offset + 1
                break
            self.kept.appendleft(record)
            self.spent_bytes += record.size_bytes
        self.lo = start
        self.width *= _WIDER
        self._begin()

    def narrow(self) -> None:
        """The step was too wide, and what it brought does not lie before what is kept."""
        room = self.room_bytes - self.spent_bytes
        fitting = room * len(self.step) // self.step_bytes if self.step_bytes else self.width
        self.width = max(1, min(fitting, self.width // (2 if self.step else _NARROWER)))
        self._begin()

    def _begin(self) -> None:
        self.step, self.step_bytes, self.reached = [], 0, 0


class ReadingBack:
    """Collects what lies before some offsets, as much as there is room for, the nearest.

    It is asked for each step, takes in what that brings, and is told how it ended; when there is
    no next step, it is done. Small records are read in one step; a step of large
    ones is broken off and begun anew nearer to the end, so that little is read in vain.
    """

    def __init__(
        self,
        ends: Mapping[TopicPartition, int],
        floors: Mapping[TopicPartition, int],
        *,
        max_bytes: int,
    ) -> None:
        """Read back from the ends, down to the floors at most.

        `max_bytes` are shared by the partitions alike; each keeps one record, whatever its size.
        """
        room = max_bytes // max(1, len(ends))
        self._ends = dict(ends)
        self._parts = {place: _Back(end, floors[place], room) for place, end in ends.items()}
        self._asked: dict[TopicPartition, _Back] = {}
        self._waste_bytes = _WASTE * max_bytes
        self._step_bytes = 0
        self._notices: dict[Notice, None] = {}

    def next_step(self) -> list[Span]:
        """What to read next; empty when there is enough."""
        self._step_bytes = 0
        self._asked = {place: part for place, part in self._parts.items() if not part.is_done}
        return [Span(*place, part.start, part.lo) for place, part in self._asked.items()]

    def add(self, batch: Batch) -> None:
        """Take in what came of the present step."""
        self._notices |= dict.fromkeys(batch.notices)
        for record in batch.records:
            part = self._asked[place_of(record)]
            part.step.append(record)
            part.step_bytes += record.size_bytes
            self._step_bytes += record.size_bytes
        for place in batch.reached.keys() & self._asked.keys():
            self._asked[place].reached = batch.reached[place]

    @property
    def is_too_much(self) -> bool:
        """Whether the step had better be broken off."""
        return self._step_bytes > self._waste_bytes and any(
            part.width > 1 for part in self._asked.values() if not part.is_read
        )

    def break_off(self) -> None:
        """The step was not read to its end: what it did not finish is begun anew, narrower."""
        for part in self._asked.values():
            if part.is_read:
                part.keep()
            else:
                part.narrow()

    def end_step(self) -> None:
        """The step was read to its end."""
        for part in self._asked.values():
            part.keep()

    def page(self, count: int, starts: Mapping[TopicPartition, int]) -> Page:
        """The newest `count`, as a page."""
        return page_of_newest(
            {place: part.kept for place, part in self._parts.items()},
            {place: part.lo for place, part in self._parts.items()},
            self._ends,
            count=count,
            starts=starts,
            notices=self._notices,
        )
