"""What the ledger is told while a plan is sent, and what it knows of one sent before."""

from collections.abc import Mapping, Sequence

from readers.record import Position, TopicPartition
from replay.deadletters.fate import Outcome
from replay.deadletters.ledger import Entry, Ledger
from replay.deadletters.republish.canary import CameBack
from replay.deadletters.republish.plan import Plan, PlannedLetter


class Book:
    """The ledger's pages about one plan. Every call may raise what the ledger raises."""

    def __init__(self, ledger: Ledger, plan: Plan, *, who: str, reason: str) -> None:
        self._ledger = ledger
        self._plan = plan
        self._who = who
        self._reason = reason
        self.sent: set[int] = set()
        self.came_back: set[int] = set()
        for entry in ledger.entries(plan_id=plan.id):
            self._learn(entry)

    def _learn(self, entry: Entry) -> None:
        if entry.seq is None:
            return
        if entry.outcome is Outcome.REPUBLISHED:
            self.sent.add(entry.seq)
        elif entry.outcome is Outcome.CAME_BACK:
            self.came_back.add(entry.seq)

    def begin(self, letters: Sequence[PlannedLetter], ends: Mapping[TopicPartition, int]) -> None:
        """These are about to be sent, into partitions that end there; it is on disk on return."""
        self._ledger.begin(self._plan.id, [letter.seq for letter in letters], ends)

    def in_flight(self) -> Mapping[TopicPartition, int] | None:
        """The ends noted with what was begun and not settled; None where nothing is open."""
        return self._ledger.in_flight(self._plan.id)

    def settle(self, places: Mapping[int, Position], at_ms: int) -> None:
        """These letters, by number, lie there now; each is noted once."""
        fresh = {seq: place for seq, place in places.items() if seq not in self.sent}
        self._ledger.settle(
            self._plan.id,
            [self._entry(Outcome.REPUBLISHED, s, p, at_ms) for s, p in sorted(fresh.items())],
        )
        self.sent |= set(fresh)

    def note_returned(self, returned: Sequence[CameBack], at_ms: int) -> None:
        """These failed again."""
        self._ledger.note(
            [self._entry(Outcome.CAME_BACK, each.seq, each.at, at_ms) for each in returned]
        )
        self.came_back |= {each.seq for each in returned}

    def republished_since(self) -> dict[Position, str]:
        """Letters that other plans sent after this one was made, with the plan's id."""
        return {
            position: fate.plan_id
            for position, fate in self._ledger.fates().items()
            if fate.outcome in (Outcome.REPUBLISHED, Outcome.CAME_BACK)
            and fate.plan_id not in (None, self._plan.id)
            and (fate.at_ms or 0) >= self._plan.made_at_ms
            and fate.plan_id is not None
        }

    def _entry(self, outcome: Outcome, seq: int, target: Position, at_ms: int) -> Entry:
        letter = self._plan.letters[seq]
        return Entry(
            at_ms=at_ms,
            who=self._who,
            outcome=outcome,
            letter=letter.letter,
            origin=letter.origin,
            target=target,
            plan_id=self._plan.id,
            seq=seq,
            reason=self._reason,
        )
