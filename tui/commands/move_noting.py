"""Noting in a cluster's ledger what is sent into it: before the first record, and at the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from readers.source import Source
from replay.deadletters.ledger import ledger_path, user_and_host
from replay.transfer.move_log import Move, MoveLog, MoveState
from replay.transfer.sending import SendStep
from replay.transfer.targets import Target
from tui.settings import ledger_folder, now_ms


@dataclass(slots=True)
class Sent:
    """How far a write is; `before` is what earlier runs of it had sent."""

    before: int | None = None
    total: int = 0

    @property
    def now(self) -> int:
        """What this run sent."""
        return self.total - (self.before or 0)

    def take(self, step: SendStep) -> None:
        """Its first step tells what was sent before."""
        if self.before is None:
            self.before = step.sent
        self.total = step.sent


def move_log(source: Source) -> MoveLog:
    """The account of what was sent into this cluster."""
    return MoveLog(ledger_path(ledger_folder(source), source.cluster_id), source.cluster_id)


def move_into(write: str, origin: str, targets: Sequence[Target], reason: str | None) -> Move:
    """What is about to be done."""
    topics = tuple(target.topic for target in targets)
    return Move(now_ms(), user_and_host(), MoveState.BEGUN, write, origin, topics, reason=reason)


@contextmanager
def noted(log: MoveLog | None, move: Move) -> Iterator[Sent]:
    """Note that it begins, and how it ended; nothing where there is no log, as for a recording.

    Raises:
        LedgerError: it cannot be noted; where that is before, nothing was sent.
    """
    sent = Sent()
    if log is None:
        yield sent
        return
    log.note(move)
    state = MoveState.STOPPED
    try:
        yield sent
        state = MoveState.DONE
    finally:
        log.note(replace(move, at_ms=now_ms(), state=state, records=sent.now))


def follow(steps: Iterator[SendStep], sent: Sent) -> Iterator[SendStep]:
    """The same steps, taken note of."""
    for step in steps:
        sent.take(step)
        yield step
