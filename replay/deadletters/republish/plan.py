"""What a republish would do, before it is done: exactly what is sent, and what it touches."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from readers.decoders.payload import Json
from readers.record import Header, Position, TopicPartition

CANARY = (1, 5, 20, 100)
"""So many are sent before each look at whether any came back; the last is repeated."""
DEFAULT_RATE = 10.0
"""Letters a second."""


class Guarantee(Enum):
    """How each letter is sent once; the value is its name in JSON and on the command line."""

    TRANSACTIONS = "transactions"
    """The plan's progress is committed with its records."""
    SCAN = "scan"
    """An idempotent producer; after a crash the target is searched for what was sent."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What is sent instead of the letter's own, all of it; the original stays where it is."""

    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What its aggregate was when it failed, is now, and becomes when the event is sent again.

    Attributes:
        reducer: the reducer's name.
        before: its state now; `after`: then. They are equal where the story has the event already,
            which is not folded twice.
        already_told: the story has an event of this type and id, and nobody mended it since:
            consumers that check ids skip it.
        broken: rules that `after` breaks; `newly_broken`: and `before` does not.
        error: why the state after it is not known, or None.
        failed_n: the event that failed, by its number; None where it is not in the story, and
            `failed`, the state after it, is null.
        again: of an event already told, what it becomes for those who apply it once more;
            `again_breaks`: rules that this newly breaks.
    """

    aggregate: str
    reducer: str
    before: Json
    after: Json
    already_told: bool
    broken: tuple[str, ...] = ()
    newly_broken: tuple[str, ...] = ()
    error: str | None = None
    failed_n: int | None = None
    failed: Json = None
    again: Json = None
    again_breaks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedLetter:
    """One letter's way back.

    Attributes:
        seq: its number in the plan, from 0; letters are sent in this order.
        stripped, kept, added: header names, in their order, repeats kept.
        sha256: of key, value and kept headers as they will be sent, in hex.
        attempt: how often it will have been republished, from 1.
        mended: None where the letter's own bytes are sent.
        content: of key and value alone, as the ledger knows a letter by its content.
        from_origin: its value and headers are those of the record at the origin.
        timestamp_ms: what is written as its time; None is the moment it is sent.
        later: records of the same key that came into the target after its origin.
        impact: None where no reducer tells.
    """

    seq: int
    letter: Position
    origin: Position | None
    key: bytes | None
    target: TopicPartition
    stripped: tuple[str, ...]
    kept: tuple[str, ...]
    added: tuple[str, ...]
    sha256: str
    size_bytes: int
    attempt: int
    mended: Mended | None = None
    content: str | None = None
    from_origin: bool = False
    timestamp_ms: int | None = None
    later: int = 0
    impact: Impact | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A letter that was asked for and is not sent, and why."""

    letter: Position
    why: str


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """A target topic as the plan found it; what `None` is was not told.

    Attributes:
        ends: where each of its partitions ended.
        consumer_groups: all that will read what is sent; `failed_groups`: those that failed.
    """

    topic: str
    topic_id: str | None
    ends: Mapping[int, int]
    compacted: bool | None
    max_message_bytes: int | None
    consumer_groups: tuple[str, ...] | None
    failed_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it. A plan is written to a file, and applied from there, unchanged.

    Attributes:
        id: a UUIDv7; `kstory-replay-id` of all that it sends.
        cluster_id: of the source that holds letters and targets.
        warnings: what a person should know before, a sentence each.
        watched: where the dead-letter topics ended that a letter sent may come back to.
        rate: letters a second; `ramp`: so many before each look back, () for all at once.
        preserve_timestamp: the origin's timestamp is written instead of the present.
    """

    id: str
    made_at_ms: int
    made_by: str
    cluster_id: str
    source_name: str
    letters: tuple[PlannedLetter, ...]
    left_out: tuple[LeftOut, ...]
    targets: tuple[TargetFacts, ...]
    warnings: tuple[str, ...]
    watched: tuple[Position, ...] = ()
    rate: float = DEFAULT_RATE
    ramp: tuple[int, ...] = CANARY
    guarantee: Guarantee = Guarantee.TRANSACTIONS
    preserve_timestamp: bool = False
