"""How far sending a plan is, and what came of it."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from replay.deadletters.republish.apply_step import ApplyState, ApplyStep
from replay.deadletters.republish.plan import Plan
from tui.render.numbers import counted, rate
from tui.render.plan_summary import ramp_text, rate_text, targets_text
from tui.render.plan_view import BROKEN
from tui.render.safe_text import visible
from tui.render.times import duration

_SAID = {
    ApplyState.CHECKING: ("◌ checking that the world is still as it was planned", ""),
    ApplyState.SENDING: ("● sending", "green"),
    ApplyState.WATCHING: ("◌ looking whether any came back", "yellow"),
    ApplyState.PAUSED: ("‖ paused", "bold yellow"),
    ApplyState.DONE: ("✓ done", "bold green"),
    ApplyState.STOPPED: ("■ stopped", BROKEN),
}
_BAR_MOST = 60


@dataclass(frozen=True, slots=True)
class SendingNow:
    """What is known of it at this moment.

    Attributes:
        asked_rate: letters a second as set; `measured_rate`: as they went, None before any did.
        after_ms: since it was begun.
        problem: why it ended before its time, or None; `needs_new_plan` when the world has changed.
        going: a job is at it, though it may be `paused`.
    """

    step: ApplyStep
    asked_rate: float
    measured_rate: float | None
    after_ms: int
    problem: str | None
    needs_new_plan: bool
    going: bool
    paused: bool


def sending_lines(plan: Plan, now: SendingNow, width: int) -> Iterator[Text]:
    """All of it, a line a fact."""
    step = now.step
    yield _state_line(now)
    yield Text()
    yield _bar(step, width)
    asked = f"rate {rate_text(now.asked_rate)} asked"
    went = "" if now.measured_rate is None else f", {rate(now.measured_rate)} now"
    yield Text(f"{asked}{went} · {ramp_text(plan.ramp)} · {duration(now.after_ms)} so far")
    style = BROKEN if step.came_back else "dim"
    yield Text(f"{step.came_back:,} came back to a dead-letter topic", style)
    if step.sentence:
        yield Text()
        yield Text(visible(step.sentence, limit=600))
    if now.problem is not None:
        yield Text()
        yield Text(f"✗ {visible(now.problem, limit=2_000)}", BROKEN)
    if not now.going:
        yield Text()
        yield from _summary(plan, now)


def _state_line(now: SendingNow) -> Text:
    if now.going:
        said, style = _SAID[ApplyState.PAUSED if now.paused else now.step.state]
    elif now.step.state is ApplyState.DONE:
        said, style = _SAID[ApplyState.DONE]
    else:
        said, style = _SAID[ApplyState.STOPPED]
    return Text(said, style)


def _bar(step: ApplyStep, width: int) -> Text:
    cells = max(10, min(_BAR_MOST, width - 30))
    full = cells * step.sent // max(1, step.total)
    said = f"  {step.sent:,} of {step.total:,} sent"
    return Text.assemble(("█" * full, "green"), ("░" * (cells - full), "dim"), (said, "bold"))


def _summary(plan: Plan, now: SendingNow) -> Iterator[Text]:
    step = now.step
    left = step.total - step.sent
    yield Text(f"sent {counted(step.sent, 'letter')} → {targets_text(plan.letters)}", "bold")
    yield Text(f"came back {step.came_back:,} · not sent {left:,}")
    if now.needs_new_plan:
        yield Text("R makes a new plan, which leaves out what was sent.")
    elif left:
        yield Text(
            "What was sent stays sent, and is not sent again. g goes on here; later, or on another "
            "terminal:"
        )
        yield Text(f"  {resume_command(plan)}", "bold")
    if step.sent:
        yield Text("The ledger (L) has every one of them, with the reason.")


def resume_command(plan: Plan) -> str:
    """The command that goes on with a plan."""
    source = shlex.quote(visible(plan.source_name, limit=200))
    return f"kstory dlq republish -s {source} --apply {plan.id} --allow-writes --reason …"
