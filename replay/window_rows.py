"""The rows of a tail: records, and between them lines that say what is not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from readers.record import Record, Span, TopicPartition


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between records that says what is not there, or what happened.

    Attributes:
        spans: the offsets it stands for, one of a partition; empty where it stands for none.
        passed: how many records that were passed over lie in them, and can be read; or 0.
    """

    text: str
    spans: tuple[Span, ...] = ()
    passed: int = 0


Row: TypeAlias = Record | Divider


def place_of(record: Record) -> TopicPartition:
    """The partition a record lies in."""
    return TopicPartition(record.topic, record.partition)


def gap_divider(name: str, span: Span) -> Divider:
    """The line for offsets that hold no record; `name` is their partition's."""
    what = "1 offset holds" if span.width == 1 else f"{span.width:,} offsets hold"
    return Divider(f"{name}: {what} no record (compaction or transactions)", (span,))


def passed_divider(spans: Sequence[Span], count: int) -> Divider:
    """The line for records that came faster than they are shown."""
    what = "1 record" if count == 1 else f"{count:,} records"
    return Divider(f"{what} came too fast to be shown; ↑ from here reads them", tuple(spans), count)
