"""Where a jump in a tail goes, and where it really landed."""

from dataclasses import dataclass
from typing import TypeAlias

from readers.record import Position, Record
from replay.ranges import AtOffset, AtTime

Target: TypeAlias = Position | AtTime | AtOffset
"""Where one can jump: a position, a time, or one offset in every partition."""


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a jump ended.

    Attributes:
        record: the first record at the target or after it; None where there is none.
        why: what kept it from landing where it was asked to, or empty.
    """

    target: Target
    record: Record | None
    why: str = ""

    @property
    def is_exact(self) -> bool:
        """It landed on the very record that was asked for."""
        return self.record is not None and self.record.position == self.target
