"""Sending a plan from the command line: what has to be said before, and how it is told."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import cast

import click

from readers.errors import UsageError, WriteRefused
from readers.opening import open_sink
from replay.deadletters.history import KeptPlans
from replay.deadletters.ledger import user_and_host
from replay.deadletters.republish.plan import Plan
from replay.deadletters.republish.plan_file import read_plan
from replay.deadletters.republish.sending.apply_step import (
    ApplyState,
    ApplyStep,
    PlanSink,
    WorldChanged,
)
from replay.deadletters.republish.sending.applying import apply_plan
from replay.deadletters.republish.sending.pace import Pace
from tui.commands.dlq.desk import Desk, desk
from tui.output import note, print_json, print_lines
from tui.progress import LineProgress
from tui.render.letter_json import noted_document
from tui.settings import Settings

NOT_ALL_SENT = 1
TYPED_ABOVE = 50
"""More letters than these need the names of their targets typed."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What was said of sending a plan; `rate` None is the plan's own."""

    plan: str
    reason: str | None
    confirmed: tuple[str, ...]
    rate: float | None
    canary_wait_s: float
    force: bool


def send_plan(settings: Settings, said: Sending) -> int:
    """Send it, and give the exit code: 1 where not all was sent, or some came back."""
    if settings.spec.kind == "demo":
        raise UsageError(
            "The embedded demo is gone when the command ends; keep one with "
            "`kstory demo --file FILE`, and name it with -s."
        )
    plan = read_plan(said.plan)
    reason = (said.reason or "").strip()
    if not reason:
        raise UsageError("Say with --reason why this is sent; the ledger keeps it.")
    if not settings.spec.allow_writes:
        raise WriteRefused(
            f"This sends {len(plan.letters):,} letters to {_targets(plan)} and cannot be undone; "
            "say --allow-writes to do it."
        )
    _confirm(plan, said.confirmed, is_production=settings.spec.production)
    with desk(settings) as opened:
        try:
            last = _applied(settings, opened, plan, said, reason)
        except WorldChanged as error:
            note(f"kstory: {error}")
            if settings.as_json:
                stopped = ApplyState.STOPPED.value
                print_json({"plan": plan.id, "state": stopped, "sentence": str(error)})
            return NOT_ALL_SENT
        _tell(settings, opened, plan, last)
    is_done = last.state is ApplyState.DONE and not last.came_back
    return 0 if is_done else NOT_ALL_SENT


def _confirm(plan: Plan, confirmed: tuple[str, ...], *, is_production: bool) -> None:
    """See that the name of every target was typed, where that is called for."""
    if len(plan.letters) <= TYPED_ABOVE and not is_production:
        return
    why = "a production profile" if is_production else f"{len(plan.letters):,} letters"
    for target in plan.targets:
        if target.topic in confirmed:
            continue
        if not sys.stdin.isatty():
            raise UsageError(
                f"This sends {why} to {target.topic} and cannot be undone; "
                f"say --confirm {target.topic} to do it."
            )
        typed = click.prompt(f"Type {target.topic} to send {why} there", err=True, default="")
        if typed != target.topic:
            raise UsageError(f"That is not {target.topic}. Nothing was sent.")


def _applied(settings: Settings, opened: Desk, plan: Plan, said: Sending, reason: str) -> ApplyStep:
    try:
        pace = Pace(plan.rate if said.rate is None else said.rate)
    except ValueError as error:
        raise UsageError(f"{error} Nothing was sent.") from error
    last = ApplyStep(0, len(plan.letters), 0, ApplyState.STOPPED, "")
    with closing(cast(PlanSink, open_sink(settings.spec))) as sink, LineProgress() as progress:
        steps = apply_plan(
            plan,
            opened.source,
            sink,
            opened.ledger,
            pace,
            who=user_and_host(),
            reason=reason,
            canary_wait_s=said.canary_wait_s,
            force=said.force,
            dialects=opened.dialects,
        )
        with closing(steps), _told_when_interrupted(said):
            for last in steps:
                progress.draw(f"{last.sentence}, Ctrl-C stops")
    return last


@contextmanager
def _told_when_interrupted(said: Sending) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        note(
            "\nStopped: no letter is half sent. The last batch may be noted only by the next run. "
            f"The same command goes on from there: kstory dlq republish --apply {said.plan} …"
        )
        raise


def _tell(settings: Settings, opened: Desk, plan: Plan, last: ApplyStep) -> None:
    if not settings.as_json:
        print_lines([last.sentence])
        if last.state is ApplyState.STOPPED:
            print_lines([_what_now(plan, last)])
        return
    plans = KeptPlans(opened.ledger, plan)
    print_json(
        {
            "plan": plan.id,
            "state": last.state.value,
            "sent": last.sent,
            "total": last.total,
            "came_back": last.came_back,
            "sentence": last.sentence,
            "letters": [
                noted_document(entry, plan.cluster_id, plans)
                for entry in opened.ledger.entries(plan_id=plan.id)
            ],
        }
    )


def _targets(plan: Plan) -> str:
    return ", ".join(target.topic for target in plan.targets)


def _what_now(plan: Plan, last: ApplyStep) -> str:
    if not last.came_back:
        return f"The same plan may be applied again: {plan.id}"
    left = last.total - last.sent
    return (
        "See why with kstory dlq show, and mend letters with kstory dlq edit, before a new plan; "
        f"the same one would send the other {left:,} as they are: {plan.id}"
    )
