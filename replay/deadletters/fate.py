"""What became of a dead letter, as the ledger knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from readers.record import Position
from replay.deadletters.letter import DeadLetter


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


def fate_of(fates: Mapping[Position, Fate], letter: DeadLetter) -> Fate:
    """A letter's fate: what was noted last of it, or of another letter with the same origin.

    `fates` are those of letters and of origins, as `Ledger.fates` gives them.
    """
    own = fates.get(letter.position)
    origin = letter.origin.position
    shared = None if origin is None else fates.get(origin)
    if own is None or shared is None:
        return own or shared or OPEN
    return own if (own.at_ms or 0) > (shared.at_ms or 0) else shared
