"""What the tail screen's jobs tell it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from readers.record import Record, TopicPartition
from readers.source import Notice, Passed
from replay.landing import Landing
from replay.pages import Page
from replay.window_rows import Divider
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
    """What a turn of the follow brought, or a part of it.

    Attributes:
        arrived: how many records came, shown or not.
        passed: what was passed over before the records.
    """

    records: tuple[Record, ...]
    reached: Mapping[TopicPartition, int] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    arrived: int = 0
    passed: tuple[Passed, ...] = ()


@dataclass
class TailPassed(JobMessage):
    """The newest of what a line stands for, read after all."""

    divider: Divider
    page: Page


@dataclass
class TailEarlier(JobMessage):
    """Records before the window, and how far the search back is.

    Attributes:
        page: None where only the progress is told.
        at_start: all partitions were searched down to the first record they keep.
        said: which of them were left out, and why it is slower than usual; or empty.
    """

    page: Page | None
    searched: int
    total: int
    found: int
    at_start: bool = False
    said: str = ""


@dataclass
class TailBehind(JobMessage):
    """How many offsets lie after the window."""

    count: int
