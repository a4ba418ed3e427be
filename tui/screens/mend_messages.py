"""What the mend screen's jobs tell it."""

from dataclasses import dataclass

from readers.record import Record
from replay.changes import Change
from tui.messages import JobMessage


@dataclass
class LetterLoaded(JobMessage):
    """A letter, the text that says it as it lies in its topic, and as it was mended since."""

    record: Record
    original: str
    document: str
    is_mended: bool


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
