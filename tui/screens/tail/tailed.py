"""What a tail screen shows: topics, and a filter."""

from collections.abc import Callable
from dataclasses import dataclass

from readers.errors import SourceRefused, UsageError
from readers.record import Record, TopicPartition
from readers.source import PartitionBounds, Source
from replay.event import Event
from replay.ranges import choose_partitions
from tui.render.tail_filter import TailFilter

Bounds = dict[TopicPartition, PartitionBounds]


@dataclass(frozen=True, slots=True)
class Tailed:
    """What is tailed.

    Attributes:
        read: decodes a record; any thread may call it.
        is_sparse: the source leaves records out by itself, so that few may lie in many offsets.
    """

    topics: tuple[str, ...]
    filter: TailFilter
    read: Callable[[Record], Event]
    is_sparse: bool = False

    @property
    def is_searching(self) -> bool:
        """Whether records have to be looked for."""
        return self.is_sparse or self.filter.is_searching

    def keeps(self, record: Record) -> bool:
        """Whether the record is shown."""
        return self.filter.keeps(record, self.read)

    def bounds(self, source: Source) -> Bounds:
        """The bounds of the partitions that are tailed.

        Raises:
            KstoryError: there are none, or they may not be read.
        """
        infos = source.topics(self.topics)
        refused = next((info.error for info in infos if info.error is not None), None)
        found = choose_partitions(infos, self.filter.partitions)
        if found:
            return found
        if refused is not None:
            raise SourceRefused(refused)
        if not infos:
            raise UsageError(f"The source has no topic {' or '.join(self.topics)}.")
        raise UsageError("No partition has such a number; p= takes those that exist.")
