"""What the ledger is told while a plan is sent, and what it knows of one sent before."""

from collections.abc import Mapping, Sequence

from readers.record import Position, TopicPartition
from replay.deadletters.fate import Outcome
from replay.deadletters.ledger import Claimed, Entry, InFlight, Ledger
from replay.deadletters.republish.plan import Plan, PlannedLetter
from replay.deadletters.republish.sending.apply_step import WorldChanged
from replay.deadletters.republish.sending.watch import CameBack


class Book:
    """The ledger's pages about one plan. Every call may raise what the ledger raises.

    Attributes:
        sent: the letters that were sent, by number; `places`: where they lie.
        came_back: those of them that failed again.
    """

    def __init__(self, ledger: Ledger, plan: Plan, *, who: str, reason: str) -> None:
        self._ledger = ledger
        self._plan = plan
        self._who = who
        self._reason = reason
        self._begun: InFlight | None = None
        self.sent: set[int] = set()
        self.places: dict[int, Position] = {}
        self.came_back: set[int] = set()
        self.reload()

    def reload(self) -> None:
        """Learn what another process noted of the plan since."""
        for entry in self._ledger.entries(plan_id=self._plan.id):
            self._learn(entry)

    def _learn(self, entry: Entry) -> None:
        if entry.seq is None:
            return
        if entry.outcome is Outcome.REPUBLISHED:
            self.sent.add(entry.seq)
            if entry.target is not None:
                self.places[entry.seq] = entry.target
        elif entry.outcome is Outcome.CAME_BACK:
            self.came_back.add(entry.seq)

    def begin(
        self,
        letters: Sequence[PlannedLetter],
        ends: Mapping[TopicPartition, int],
        at_ms: int,
    ) -> None:
        """These are about to be sent, into partitions that end there; it is on disk on return.

        Raises:
            WorldChanged: another plan sends one of them, or has sent it since this was made.
        """
        seqs = [letter.seq for letter in letters]
        places = {place for each in letters for place in (each.letter, each.origin) if place}
        try:
            self._begun = self._ledger.begin(
                self._plan.id,
                seqs,
                ends,
                who=self._who,
                at_ms=at_ms,
                places=places,
                since_ms=self._plan.made_at_ms,
            )
        except Claimed as error:
            raise WorldChanged(str(error)) from error

    def abandon(self) -> None:
        """What was begun last was surely not sent."""
        if self._begun is not None:
            self._ledger.settle([self._begun], [])

    def in_flight(self) -> Mapping[TopicPartition, int] | None:
        """The ends noted with what was begun and not settled; None where nothing is open."""
        ends: dict[TopicPartition, int] = {}
        begun = self._ledger.in_flight(self._plan.id)
        for note in begun:
            for place, end in note.ends.items():
                ends[place] = min(end, ends.get(place, end))
        return ends if begun else None

    def settle(
        self, places: Mapping[int, Position], at_ms: int, *, all_known: bool = False
    ) -> None:
        """These letters, by number, lie there now; each is noted once.

        What was begun is in flight no more once all of its letters are noted, or where `all_known`
        says that the others were surely not sent.
        """
        fresh = {seq: place for seq, place in places.items() if seq not in self.sent}
        sent = self.sent | set(fresh)
        begun = self._ledger.in_flight(self._plan.id)
        self._ledger.settle(
            [note for note in begun if all_known or sent.issuperset(note.seqs)],
            [self._entry(Outcome.REPUBLISHED, s, p, at_ms) for s, p in sorted(fresh.items())],
        )
        self.sent = sent
        self.places |= fresh

    def note_returned(self, returned: Sequence[CameBack], at_ms: int) -> None:
        """These failed again."""
        self._ledger.note(
            [self._entry(Outcome.CAME_BACK, each.seq, each.at, at_ms) for each in returned]
        )
        self.came_back |= {each.seq for each in returned}

    def republished_since(self, letters: Sequence[PlannedLetter]) -> dict[Position, str]:
        """Those letters, and origins, that other plans sent since this one was made; and which."""
        asked = {letter.letter for letter in letters}
        asked |= {letter.origin for letter in letters if letter.origin is not None}
        return {
            place: entry.plan_id
            for entry in self._ledger.entries(since_ms=self._plan.made_at_ms, places=asked)
            if entry.outcome is Outcome.REPUBLISHED
            and entry.plan_id is not None
            and entry.plan_id != self._plan.id
            for place in (entry.letter, entry.origin)
            if place in asked
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
            content=letter.content,
        )
