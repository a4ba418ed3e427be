"""What a dead-letter dialect is: how one framework says what failed, and what it adds to a record.

A dialect is an object with these members, or a module; it is found by the entry point
`kstory.dead_letters`, or is one entry of the table where it is only names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from readers.record import Record
from replay.deadletters.dialects.header_codecs import Codec
from replay.deadletters.letter import Confidence, Hop


@dataclass(frozen=True, slots=True)
class Reading:
    """What a dialect reads in a record; see `DeadLetter` for what the names mean.

    Attributes:
        key: the original's key; by default the record's own.
    """

    confidence: Confidence
    hops: tuple[Hop, ...]
    key: bytes | None
    is_pointer: bool = False
    original_value: bytes | None = None


class Dialect(Protocol):
    """How one framework writes dead letters."""

    @property
    def name(self) -> str:
        """What it is called in JSON and in messages: `spring`, `connect`."""
        ...

    def read(self, record: Record) -> Reading | None:
        """What the record says; None where it is no letter of this framework's.

        It never raises: a header that cannot be read is one that does not tell.
        """
        ...

    def owns(self, header: str) -> bool:
        """Whether a header of this name is the framework's, and must not be sent back."""
        ...


@runtime_checkable
class KnowsTopics(Protocol):
    """A dialect whose letters may have none of its headers: it is asked by their topic's name.

    Other dialects are asked only about records with a header that they own.
    """

    def expects(self, topic: str) -> bool:
        """Whether a topic of this name may hold such letters."""
        ...


@runtime_checkable
class WritesNumbers(Protocol):
    """A dialect with headers that are numbers in bytes, which nobody can read as they are."""

    @property
    def numbers(self) -> Mapping[str, Codec]:
        """How each of them is read, by its name."""
        ...
