"""Noting in the ledger what became of letters that were seen to in another way."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from readers.record import Position
from readers.source import Source
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.fate import Outcome
from replay.deadletters.fetching import fetch
from replay.deadletters.ledger_entry import Entry, verdict
from replay.deadletters.reading import read_letter
from tui.messages import JobMessage
from tui.screens.permit import Permit
from tui.session import Work
from tui.settings import now_ms

QUESTIONS = {
    Outcome.RESOLVED: ("Resolved: how was it seen to? It is kept in the ledger.", "refunded"),
    Outcome.IGNORED: ("Ignored: why? It is kept in the ledger.", "test orders"),
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
    """Work that notes an outcome of letters, with their origins; all of them or none."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        entries: list[Entry] = []
        for records in fetch(source, positions):
            for record in records:
                letter = read_letter(record, dialects())
                said = verdict(letter, outcome, who=permit.who, at_ms=now_ms(), reason=reason)
                entries.append(said)
            yield None
        with closing(permit.open_ledger(source)) as ledger:
            ledger.note(entries)
        yield FateNoted(len(entries), outcome)

    return work
