"""The work that sends a plan, in the thread that sends and does nothing else."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import cast

from readers.errors import SourceRefused
from readers.source import Sink, Source
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.republish.plan import Plan
from replay.deadletters.republish.plan_file import write_plan
from replay.deadletters.republish.sending.apply_step import ApplyStep, PlanSink
from replay.deadletters.republish.sending.applying import apply_plan
from replay.deadletters.republish.sending.pace import Pace
from tui.messages import JobMessage
from tui.screens.permit import Permit
from tui.session import Work

_TRIES = 20


@dataclass
class SendingStepped(JobMessage):
    """So far it is."""

    step: ApplyStep


def send(
    plan: Plan,
    pace: Pace,
    permit: Permit,
    dialects: Callable[[], Sequence[Dialect]],
    *,
    reason: str,
    force: bool,
) -> Work:
    """Work that sends what of the plan was not sent yet; the plan is kept in a file before."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        write_plan(plan)
        sink = yield from _opened(permit.open_sink)
        with closing(sink), closing(permit.open_ledger(source)) as ledger:
            steps = apply_plan(
                plan,
                source,
                cast(PlanSink, sink),
                ledger,
                pace,
                who=permit.who,
                reason=reason,
                force=force,
                dialects=dialects(),
            )
            with closing(steps):  # before what it writes to
                for step in steps:
                    yield SendingStepped(step)

    return work


def _opened(open_sink: Callable[[], Sink]) -> Generator[None, None, Sink]:
    """The sink; a recording may be held for a moment by whoever adds to it."""
    for _ in range(_TRIES - 1):
        try:
            return open_sink()
        except SourceRefused:
            yield
    return open_sink()
