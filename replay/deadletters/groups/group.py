"""Dead letters that failed alike, as one group."""

from collections.abc import Mapping
from dataclasses import dataclass

from readers.record import Position
from replay.deadletters.fate import Outcome


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What makes two letters failures of one kind.

    Attributes:
        id: short and stable: the same for the same failure in every run of this version.
        version: of the way it is made; another version never regroups what was said before.
        exception: the cause's class, or the exception's; None where neither is told.
        frame: the application's topmost stack frame, such as `PaymentClient.charge`; None where
            the stack has none.
        message: with its variable parts masked; None where there is none.
        why: how it came about, a sentence a step, for "why one kind".
    """

    id: str
    version: int
    exception: str | None
    frame: str | None
    message: str | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The letters of one fingerprint, counted.

    Attributes:
        count: letters, those with the same origin counted once.
        copies: letters beyond those: more of one origin.
        came_back: letters that had been republished before.
        first_ms, last_ms: the letters' times, since the epoch; None where none has one.
        topics: the dead-letter topics; `origins`: those that they failed in; both sorted.
        keys: how many different keys; `aggregates`: how many different aggregates.
        at_least: counts of different things stand for more: they were too many to be kept.
        rate: letters in equal spans of time between the whole pass's first and last, for a
            sparkline.
        sample: the newest of them.
        fates: how many letters had which outcome.
    """

    fingerprint: Fingerprint
    count: int
    copies: int
    came_back: int
    first_ms: int | None
    last_ms: int | None
    topics: tuple[str, ...]
    origins: tuple[str, ...]
    consumer_groups: tuple[str, ...]
    keys: int
    aggregates: int
    at_least: bool
    rate: tuple[int, ...]
    sample: Position
    fates: Mapping[Outcome, int]
