"""What the tail screen's jobs tell it."""

from collections.abc import Mapping
from dataclasses import dataclass

from readers.record import Record, TopicPartition
from readers.source import Notice
from replay.landing import Landing
from replay.pages import Page
from tui.messages import JobMessage


@dataclass
class TailLoaded(JobMessage):
    """A first page; with `landing` it lies around the place jumped to.

    Attributes:
        starts: the first offset kept of each partition.
    """

    page: Page
    starts: Mapping[TopicPartition, int]
    landing: Landing | None = None


@dataclass
class TailArrived(JobMessage):
    """What a turn of the follow brought."""

    records: tuple[Record, ...]
    reached: Mapping[TopicPartition, int]
    notices: tuple[Notice, ...]


@dataclass
class TailEarlier(JobMessage):
    """Records before the window, and how far the search back is.

    Attributes:
        page: None where only the progress is told.
        at_start: all partitions were searched down to the first record they keep.
    """

    page: Page | None
    searched: int
    total: int
    found: int
    at_start: bool = False


@dataclass
class TailBehind(JobMessage):
    """How many offsets lie after the window."""

    count: int
