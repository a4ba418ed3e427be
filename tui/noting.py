"""Noting in the ledger what became of letters that were seen to in another way."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from readers.record import Position
from readers.source import Source
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.fate import VERDICTS, Outcome, fate_of
from replay.deadletters.fetching import fetch
from replay.deadletters.ledger import Ledger
from replay.deadletters.ledger_entry import Entry, verdict
from replay.deadletters.letter import DeadLetter
from replay.deadletters.reading import places_of, read_letter
from tui.messages import JobMessage
from tui.screens.permit import Permit
from tui.session import Work
from tui.settings import now_ms

QUESTIONS = {
    Outcome.RESOLVED: ("Resolved: how was it seen to? It is kept in the ledger.", "refunded"),
    Outcome.IGNORED: ("Ignored: why? It is kept in the ledger.", "test orders"),
    Outcome.OPEN: ("Open again: why? It is kept in the ledger.", "it fails still"),
}
"""What is asked for each outcome, and an answer that somebody might give."""


@dataclass
class FateNoted(JobMessage):
    """The ledger says what became of so many letters."""

    count: int
    outcome: Outcome


def note(
    positions: Sequence[Position],
    outcome: Outcome,
    reason: str,
    permit: Permit,
    dialects: Callable[[], Sequence[Dialect]],
) -> Work:
    """Work that notes an outcome of letters, with their origins; all of them or none.

    Only what was resolved or ignored is opened again: what was sent stays sent.
    """

    def work(source: Source) -> Iterator[JobMessage | None]:
        entries: list[Entry] = []
        with closing(permit.open_ledger(source)) as ledger:
            for records in fetch(source, positions):
                letters = [read_letter(record, dialects()) for record in records]
                if outcome is Outcome.OPEN:
                    letters = _seen_to(letters, ledger)
                entries += (
                    verdict(letter, outcome, who=permit.who, at_ms=now_ms(), reason=reason)
                    for letter in letters
                )
                yield None
            ledger.note(entries)
        yield FateNoted(len(entries), outcome)

    return work


def _seen_to(letters: Sequence[DeadLetter], ledger: Ledger) -> list[DeadLetter]:
    fates = ledger.fates(places_of(letters))
    return [letter for letter in letters if fate_of(fates, letter).outcome in VERDICTS]
