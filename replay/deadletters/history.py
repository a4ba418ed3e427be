"""What was done with a cluster's letters, edits too, in one order; and what plans tell of it."""

from collections.abc import Iterator
from contextlib import suppress
from heapq import merge

from readers.errors import UsageError
from readers.record import Position
from replay.deadletters.ledger import Ledger
from replay.deadletters.ledger_entry import Entry, Mend
from replay.deadletters.republish.plan import Plan
from replay.deadletters.republish.plan_file import plan_sha256, read_plan


def history(
    ledger: Ledger,
    *,
    plan_id: str | None = None,
    letter: Position | None = None,
    since_ms: int | None = None,
) -> Iterator[Entry | Mend]:
    """What was noted, oldest first: all of it, of a plan, or of a letter or its origin.

    An edit belongs to its letter alone, and to no plan.
    """
    entries = ledger.entries(plan_id=plan_id, letter=letter, since_ms=since_ms)
    mends = iter(()) if plan_id is not None else ledger.mends(letter, since_ms=since_ms)
    noted: tuple[Iterator[Entry | Mend], ...] = (entries, mends)
    yield from merge(*noted, key=lambda each: each.at_ms)


class KeptPlans:
    """What the files of plans tell of the ledger's entries, as long as they are kept here."""

    def __init__(self, ledger: Ledger, plan: Plan | None = None) -> None:
        """`plan` is known; others are read when an entry of theirs is asked about, and one held."""
        self._ledger = ledger
        self._id: str | None = None
        self._plan: Plan | None = None
        self._sha256: str | None = None
        if plan is not None:
            self._hold(plan)

    def sha256(self, entry: Entry) -> str | None:
        """The hash of the plan that the entry is of; None where there is none, or it is gone."""
        self._find(entry.plan_id)
        return self._sha256

    def edit(self, entry: Entry) -> Mend | None:
        """The edit that the entry's letter was sent with; None where it is not known."""
        self._find(entry.plan_id)
        if self._plan is None or entry.seq is None:
            return None
        mended = self._plan.letters[entry.seq].mended
        if mended is None:
            return None
        edits = [edit for edit in self._ledger.mends(entry.letter) if edit.mended == mended]
        return edits[-1] if edits else None

    def _find(self, plan_id: str | None) -> None:
        if plan_id == self._id:
            return
        self._id, self._plan, self._sha256 = plan_id, None, None
        if plan_id is not None:
            with suppress(UsageError):  # there is no file of it, or none of ours
                self._hold(read_plan(plan_id))

    def _hold(self, plan: Plan) -> None:
        self._id, self._plan, self._sha256 = plan.id, plan, plan_sha256(plan)
