"""What the mend screen's jobs tell it."""

from dataclasses import dataclass

from replay.changes import Change
from replay.deadletters.mendable import Mendable
from tui.messages import JobMessage


@dataclass
class LetterLoaded(JobMessage):
    """A letter, the text of its own content, and the text as it was mended since."""

    letter: Mendable
    original: str
    document: str


@dataclass
class TextUnwrapped(JobMessage):
    """The text with its value as it was before hops wrapped it; None where none did."""

    text: str | None


@dataclass
class TextChecked(JobMessage):
    """What a text comes to: why it cannot be sent, else what to know before; and what changed.

    Attributes:
        problem: empty where it can be sent.
        changes: in a JSON value; `diff` is of the whole text, by lines.
    """

    problem: str
    warnings: tuple[str, ...]
    changes: tuple[Change, ...]
    diff: tuple[str, ...]


@dataclass
class MendKept(JobMessage):
    """The ledger holds the mended letter, or holds it no more."""

    discarded: bool
