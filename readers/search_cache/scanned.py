"""What earlier scans for one key found in one partition: where they looked, and where it was."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

NEAR_OFFSETS = 2_000
"""Two places that are nearer are read as one: a request takes as long as so many records."""
_AREAS_MAX = 2_000
"""Of one key in one partition; with more they are joined further, and more is read between."""

Area: TypeAlias = tuple[int, int]
"""From an offset to another, which is not part of it."""


class Stretch(NamedTuple):
    """Offsets that were looked through, in a log in which `epoch` had reached their end.

    No log in which this leader epoch reaches as far has other records there: an epoch has one
    leader, and who follows it has the same records before it.
    """

    start: int
    end_exclusive: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """What is known.

    Attributes:
        stretches: what was looked through; ascending, apart.
        areas: all records of the key in the stretches lie in these; ascending, apart.
    """

    stretches: tuple[Stretch, ...] = ()
    areas: tuple[Area, ...] = ()

    def with_newer(self, newer: "Scanned") -> "Scanned":
        """What both know; where they looked at the same offsets the newer one counts."""
        cuts = [(each.start, each.end_exclusive) for each in newer.stretches]
        older = [
            Stretch(*part, each.epoch)
            for each in self.stretches
            for part in without((each.start, each.end_exclusive), cuts)
        ]
        stretches = touching_joined([*older, *newer.stretches])
        return Scanned(stretches, few_areas([*self.areas, *newer.areas]))

    def believed(self, epoch_ends: Mapping[int, int]) -> "Scanned":
        """What still holds, as a leader says how far each epoch goes."""
        stretches = tuple(
            each for each in self.stretches if epoch_ends.get(each.epoch, -1) >= each.end_exclusive
        )
        return Scanned(stretches, self.areas)

    def completed_by(self, coarser: "Scanned") -> "Scanned":
        """What both know; where they looked at the same offsets this one counts alone."""
        cuts = [(each.start, each.end_exclusive) for each in self.stretches]
        areas = (part for area in coarser.areas for part in without(area, cuts))
        return Scanned(coarser.stretches, tuple(areas)).with_newer(self)

    def gaps(self, start: int, end_exclusive: int) -> list[Area]:
        """What was not looked through."""
        looked = [(each.start, each.end_exclusive) for each in self.stretches]
        return without((start, end_exclusive), looked)

    def to_read(self, start: int, end_exclusive: int) -> list[Area]:
        """What has to be read to have the key's records: what is new, and where they lie."""
        lying = [(max(first, start), min(end, end_exclusive)) for first, end in self.areas]
        return [
            *self.gaps(start, end_exclusive),
            *(area for area in lying if area[0] < area[1]),
        ]


def extend(areas: list[Area], offset: int) -> None:
    """Note that a record of the key lies at an offset behind the others."""
    if areas and offset - areas[-1][1] <= NEAR_OFFSETS:
        areas[-1] = (areas[-1][0], offset + 1)
    else:
        areas.append((offset, offset + 1))


def joined(areas: Iterable[Area], apart: int = 0) -> list[Area]:
    """The areas in order; those with at most so many offsets between them are one."""
    found: list[Area] = []
    for first, end in sorted(areas):
        if found and first - found[-1][1] <= apart:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((first, end))
    return found


def few_areas(areas: Iterable[Area]) -> tuple[Area, ...]:
    """The areas, with those joined that are near enough, and no more of them than can be kept."""
    apart = NEAR_OFFSETS
    found = joined(areas, apart)
    while len(found) > _AREAS_MAX:
        apart *= 2
        found = joined(found, apart)
    return tuple(found)


def without(area: Area, cuts: Iterable[Area]) -> list[Area]:
    """What is left of an area."""
    left: list[Area] = []
    at, end = area
    for first, stop in joined(cuts):
        if first >= end:
            break
        if first > at:
            left.append((at, first))
        at = max(at, stop)
    return [*left, (at, end)] if at < end else left


def touching_joined(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The stretches in order, none overlapping; neighbours of one epoch are one."""
    found: list[Stretch] = []
    for each in sorted(stretches):
        if found and found[-1].epoch == each.epoch and found[-1].end_exclusive == each.start:
            found[-1] = Stretch(found[-1].start, each.end_exclusive, each.epoch)
        else:
            found.append(each)
    return tuple(found)
