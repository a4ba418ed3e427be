"""What became of a dead letter, as the ledger knows it."""

from dataclasses import dataclass
from enum import Enum

from readers.record import Position


class Outcome(Enum):
    """What was done with a letter, or happened to it; the value is its name in JSON."""

    OPEN = "open"
    """Nothing yet."""
    REPUBLISHED = "republished"
    CAME_BACK = "came-back"
    """It was republished, failed again, and lies in a dead-letter topic once more."""
    RESOLVED = "resolved"
    """Someone saw to it otherwise, and said so."""
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Fate:
    """A letter's latest outcome: since when, by whom, and where a republished one went."""

    outcome: Outcome
    at_ms: int | None = None
    who: str | None = None
    reason: str | None = None
    plan_id: str | None = None
    target: Position | None = None


OPEN = Fate(Outcome.OPEN)
