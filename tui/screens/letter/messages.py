"""What the letter screen's job tells it, in this order."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from readers.record import Position, Record
from readers.search import SearchStep
from replay.deadletters.aftermath import Aftermath
from replay.deadletters.dialects.header_codecs import Codec
from replay.deadletters.fate import OPEN, Fate
from replay.deadletters.letter import DeadLetter
from replay.event import Event
from tui.messages import JobMessage


@dataclass
class LetterRead(JobMessage):
    """The letter at a position; None where no record lies there any more.

    Attributes:
        owned: names of its headers that its frameworks added.
        numbers: its headers that are numbers in bytes, and how they are read.
        is_mended: something else would be sent instead of its own content.
    """

    position: Position
    letter: DeadLetter | None
    owned: tuple[str, ...] = ()
    numbers: Mapping[str, Codec] = field(default_factory=dict)
    fate: Fate = OPEN
    is_mended: bool = False


@dataclass
class OriginalRead(JobMessage):
    """The original and its neighbours (it among them, by offset), or why it is not there.

    Attributes:
        how: how it was found, in a sentence.
    """

    original: Record | None
    around: tuple[Event, ...]
    why_not: str = ""
    how: str = ""


@dataclass
class AggregateSearched(JobMessage):
    """The search for the aggregate is so far."""

    step: SearchStep


@dataclass
class AggregateTold(JobMessage):
    """What became of the aggregate; None and the reason where that cannot be told."""

    aftermath: Aftermath | None
    why_not: str = ""
