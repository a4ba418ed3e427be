"""What became of a dead letter, as the ledger knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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


_OF_THE_RECORD = frozenset({Outcome.REPUBLISHED, Outcome.CAME_BACK})
"""What happens to the record itself, and so to all consumer groups that read it."""
VERDICTS = (Outcome.RESOLVED, Outcome.IGNORED)
"""What people say of a letter, and may take back."""


@dataclass(frozen=True, slots=True)
class Fate:
    """A letter's latest outcome: since when, by whom, and where a republished one went.

    Attributes:
        consumer_group: whose failure it was said of; None where that is not told.
        before: of an origin, what was noted before of another group's letters.
    """

    outcome: Outcome
    at_ms: int | None = None
    who: str | None = None
    reason: str | None = None
    plan_id: str | None = None
    target: Position | None = None
    consumer_group: str | None = None
    before: "Fate | None" = None

    @property
    def is_of_all(self) -> bool:
        """Whether it is the fate of all letters of the origin, whoever failed."""
        return self.outcome in _OF_THE_RECORD or self.consumer_group is None

    def holds_for(self, group: str | None) -> bool:
        """Whether it is also the fate of another letter of the origin, of this group's."""
        return self.is_of_all or group is None or group == self.consumer_group


OPEN = Fate(Outcome.OPEN)


def noted(known: Fate | None, fate: Fate) -> Fate:
    """A place's fate when one more is noted; other groups' letters keep what they had."""
    if known is None or fate.is_of_all:
        return fate
    return replace(fate, before=_without(known, fate.consumer_group))


def fate_of(fates: Mapping[Position, Fate], letter: DeadLetter) -> Fate:
    """A letter's fate: what was noted last of it, or of another letter with the same origin.

    What someone said of a letter holds for others of its origin that the same consumer group
    failed with. `fates` are those of letters and of origins, as `Ledger.fates` gives them.
    """
    own = fates.get(letter.position)
    origin = letter.origin.position
    shared = None if origin is None else fates.get(origin)
    while shared is not None and not shared.holds_for(letter.last.consumer_group):
        shared = shared.before
    if own is None or shared is None:
        return own or shared or OPEN
    return own if (own.at_ms or 0) > (shared.at_ms or 0) else shared


def _without(known: Fate | None, group: str | None) -> Fate | None:
    """What was noted, but for one group."""
    if known is None or known.is_of_all:
        return known
    rest = _without(known.before, group)
    return rest if known.consumer_group == group else replace(known, before=rest)
