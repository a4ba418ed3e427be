"""What a dead letter says, whichever framework wrote it."""

from dataclasses import dataclass
from enum import Enum

from readers.record import Position, Record


class Confidence(Enum):
    """How sure it is who wrote a letter; the value is its name in JSON."""

    SURE = "sure"
    """Its headers are that framework's and no other's."""
    LIKELY = "likely"
    """Some of its headers are, or others use the same names."""
    GUESSED = "guessed"
    """Only the topic's name says that it is a dead letter."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record was read from when it failed; what the framework does not tell is None."""

    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    timestamp_ms: int | None = None

    @property
    def position(self) -> Position | None:
        """The place, where all of it is told."""
        if self.topic is None or self.partition is None or self.offset is None:
            return None
        return Position(self.topic, self.partition, self.offset)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why it failed, in the framework's own words; what it does not tell is None.

    Attributes:
        exception: the class that was thrown, which is often a wrapper.
        cause: the class behind it; the root one, where the headers or the stack tell it.
        stack: the stack trace, whole, as it was written.
    """

    exception: str | None = None
    cause: str | None = None
    message: str | None = None
    stack: str | None = None


@dataclass(frozen=True, slots=True)
class Hop:
    """One failure on a letter's way: where it was read, by whom, and why that failed.

    Attributes:
        attempts: how often it had been tried by then, this failure included.
        failed_at_ms: when it was given up, since the epoch.
    """

    origin: Origin = Origin()
    failure: Failure = Failure()
    consumer_group: str | None = None
    attempts: int | None = None
    failed_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter, read by its framework's dialect.

    Attributes:
        framework: the dialect's name; None where none of them knows its headers.
        hops: oldest first, by the framework's own order of repeated headers; never empty.
        key: the original's key, which some frameworks carry elsewhere than in the record's key.
        is_pointer: its value (and key) are not the original's: those lie at the origin.
        original_value: of a pointer that tells it; by it the original is searched for.
    """

    record: Record
    framework: str | None
    confidence: Confidence
    hops: tuple[Hop, ...]
    key: bytes | None
    is_pointer: bool = False
    original_value: bytes | None = None

    @property
    def position(self) -> Position:
        """Where the letter itself lies."""
        return self.record.position

    @property
    def origin(self) -> Origin:
        """Where the record failed first."""
        return self.hops[0].origin

    @property
    def last(self) -> Hop:
        """Its latest failure."""
        return self.hops[-1]

    @property
    def sought_value(self) -> bytes | None:
        """The value that its original has; None where it is not known."""
        return self.original_value if self.is_pointer else self.record.value

    @property
    def has_time_of_origin(self) -> bool:
        """Whether its record kept the original's time, so that nothing tells when it failed."""
        time_ms = self.record.timestamp_ms
        kept = any(hop.origin.timestamp_ms == time_ms for hop in self.hops)
        return time_ms is not None and kept and self.last.failed_at_ms is None
