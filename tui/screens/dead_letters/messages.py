"""What the jobs of the dead letters' screens tell them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from readers.record import Position
from replay.deadletters.fate import Fate
from replay.deadletters.groups.group import Group
from replay.deadletters.groups.tally import Tallied
from replay.deadletters.letter import DeadLetter
from tui.messages import JobMessage


@dataclass(frozen=True, slots=True)
class Counted:
    """What a pass over the dead letters has counted so far.

    Attributes:
        topics: those that hold dead letters.
        searched, total: offsets looked at, of all those to look at.
        letters: all of them; `origins`: letters with the same origin counted once.
        undecided: letters of no group, since there were too many groups.
        keys, places: the first rows of those views; `more_keys`: how many there are beyond, and
            `of_further_keys` counts letters of keys that were too many to be told apart.
        notices: what could not be read, a sentence each.
    """

    topics: tuple[str, ...] = ()
    searched: int = 0
    total: int = 0
    letters: int = 0
    origins: int = 0
    undecided: int = 0
    groups: tuple[Group, ...] = ()
    keys: tuple[Tallied, ...] = ()
    more_keys: int = 0
    of_further_keys: int = 0
    places: tuple[Tallied, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def first_ms(self) -> int | None:
        """When the first of them was written; None where no time is known."""
        return min((g.first_ms for g in self.groups if g.first_ms is not None), default=None)


@dataclass
class LettersCounted(JobMessage):
    """The pass is so far; `done` when it has seen all."""

    counted: Counted
    done: bool


@dataclass
class LettersArrived(JobMessage):
    """How many letters came since the pass."""

    count: int


@dataclass
class RowOpened(JobMessage):
    """Where the letters of some rows lie.

    Attributes:
        copies: how many letters stand at one of them, where it is more than one.
        unlisted: so many are counted, and where they lie was not kept.
    """

    positions: Sequence[Position]
    copies: Mapping[Position, int]
    unlisted: int


@dataclass(frozen=True, slots=True)
class ListedLetter:
    """A letter in a list, and what became of it; None where no record lies there any more."""

    position: Position
    letter: DeadLetter | None
    fate: Fate


@dataclass
class PageRead(JobMessage):
    """The letters of one page, in the list's order."""

    page: int
    letters: tuple[ListedLetter, ...] = field(default=())
