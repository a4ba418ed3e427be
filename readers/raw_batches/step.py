"""What comes out of a scan by raw batches, one step after the other."""

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from readers.raw_batches.block_keys import BlockKeys
from readers.raw_batches.epochs import EpochEnds
from readers.record import Record, Span, TopicPartition

_RECORD_BYTES = 500
"""What a record takes in memory besides its own bytes (measured, with two headers)."""
_SIZED_RECORDS = 50


class Why(Enum):
    """Why a span is handed back."""

    MOVED = "moved"
    """Another broker leads the partition, or this one does not answer."""
    OUT_OF_RANGE = "out of range"
    """The log does not hold the offset."""
    UNREADABLE = "unreadable"
    """Only these offsets: the Kafka client may know how to read them."""
    REFUSED = "refused"
    """The broker says no; the Kafka client says what that means."""
    NOT_SERVED = "not served"
    """No connection of this kind comes about; the Kafka client's may."""


@dataclass(frozen=True, slots=True)
class Left:
    """A span that was not looked through, and why."""

    span: Span
    why: Why


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a part of a partition.

    Attributes:
        leader_epoch: the log had it at the end of the span; -1 is not known.
        keys: of a scan that looks for nothing else; then there are no records.
    """

    records: tuple[Record, ...]
    span: Span
    leader_epoch: int
    keys: BlockKeys = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """About how much memory the records take, by a few of them."""
        some = self.records[:: max(1, len(self.records) // _SIZED_RECORDS)]
        mean = sum(each.size_bytes for each in some) // max(1, len(some))
        return len(self.records) * (_RECORD_BYTES + mean)

    @property
    def place(self) -> TopicPartition:
        """The partition."""
        return self.span.topic_partition

    @property
    def reached(self) -> int:
        """What was looked through ends here."""
        return self.span.end_exclusive


@dataclass(frozen=True, slots=True)
class Checked:
    """What the leader said of the claims about a partition; it comes before anything found there.

    Where they do not hold, nothing else comes of the partition.
    """

    place: TopicPartition
    ends: EpochEnds


Step: TypeAlias = Found | Left | Checked
