"""A whole plan in some lines: what goes where, what is left out, who will read it, what it does."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import inf

from rich.text import Text

from replay.deadletters.republish.plan import Guarantee, Impact, Plan, PlannedLetter
from tui.render.numbers import counted
from tui.render.plan_view import BROKEN
from tui.render.safe_text import visible

_REASONS_SHOWN = 3
_NAMES_CHARS = 300
_SENTENCE_CHARS = 400
_WARN = "yellow"

_POSITION = re.compile(r"[\w.-]+:\d+@\d+")
RATES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 0.0)
"""Letters a second that `+` and `-` go through; 0 is as fast as it goes."""
BY_HAND = "left out by you"
_IN_THE_BOX = "Sending cannot be undone."
"""The box before sending says it; here it takes a line from what is special about this plan."""
_TYPED_ABOVE = 50

GUARANTEES = {
    Guarantee.TRANSACTIONS: (
        "once each, by transactions",
        "Taken unless another is asked for, as it holds on any number of machines: the plan's "
        "progress is committed with its records, so that each is there once whatever happens on "
        "the way. Consumers that read uncommitted records may see those of an aborted "
        "batch twice.",
    ),
    Guarantee.SCAN: (
        "once each, by searching the target",
        "You asked for it instead of transactions. After a crash what was sent is searched for in "
        "the target. That holds only while no other kstory sends this plan.",
    ),
}
"""How each letter is sent once: in a few words; and why it was chosen, and what it means."""


def targets_text(letters: Sequence[PlannedLetter]) -> str:
    """The topics that are written to, by name."""
    topics = sorted({planned.target.topic for planned in letters})
    return visible(", ".join(topics), limit=_NAMES_CHARS)


def headline(plan: Plan, sent: Sequence[PlannedLetter]) -> str:
    """How many letters go where, and how many stay."""
    where = f" → {targets_text(sent)}" if sent else ""
    left = len(plan.left_out) + len(plan.letters) - len(sent)
    out = f"   {left:,} left out" if left else ""
    return f"{counted(len(sent), 'letter')}{where}{out}"


def typed_to_send(plan: Plan, *, is_production: bool) -> str | None:
    """What has to be typed before it is sent; None where a reason is enough."""
    if len(plan.letters) <= _TYPED_ABOVE and not is_production:
        return None
    return ", ".join(sorted({planned.target.topic for planned in plan.letters}))


def rate_text(rate: float) -> str:
    """`10/s`, or as fast as it goes."""
    return f"{rate:g}/s" if rate > 0 else "as fast as it goes"


def next_rate(rate: float, by: int) -> float:
    """The rate of the list that is next to this one, upwards or downwards."""
    now = rate or inf
    further = [each for each in (known or inf for known in RATES) if (each - now) * by > 0]
    if not further:
        return rate
    chosen = min(further) if by > 0 else max(further)
    return 0.0 if chosen == inf else chosen


def ramp_text(ramp: Sequence[int]) -> str:
    """`canary 1, 5, 20, 100`, or all at once."""
    return f"canary {', '.join(f'{step:,}' for step in ramp)}" if ramp else "all at once"


def summary_lines(plan: Plan, sent: Sequence[PlannedLetter]) -> Iterator[Text]:
    """All of the plan but its letters; `sent` are those that will go."""
    said, _ = GUARANTEES[plan.guarantee]
    yield Text(f"rate {rate_text(plan.rate)} · {ramp_text(plan.ramp)} · {said}")
    if sent:
        yield from _effects(sent)
    for warning in plan.warnings:
        if warning == _IN_THE_BOX:
            continue
        yield Text(f"⚠ {visible(warning, limit=_SENTENCE_CHARS)}", _WARN)
    yield from _left_out(plan, len(plan.letters) - len(sent))
    if sent:
        yield _bytes(sent)


def _left_out(plan: Plan, by_hand: int) -> Iterator[Text]:
    reasons = Counter(_POSITION.sub("‹*›", out.why) for out in plan.left_out)
    if by_hand:
        reasons[BY_HAND] += by_hand
    if not reasons:
        return
    said = [
        f"{count:,} {visible(why, limit=160)}" for why, count in reasons.most_common(_REASONS_SHOWN)
    ]
    rest = len(reasons) - _REASONS_SHOWN
    more = f"; {counted(rest, 'more reason')}" if rest > 0 else ""
    yield Text(f"left out: {'; '.join(said)}{more}", _WARN)


def _bytes(sent: Sequence[PlannedLetter]) -> Text:
    mended = sum(planned.mended is not None for planned in sent)
    how = f"{mended:,} mended, the others" if mended else "key and value"
    kinds = (
        (len({name for planned in sent for name in names(planned)}), said)
        for names, said in (
            (_stripped, "stripped"),
            (_kept, "kept"),
            (_added, "added"),
        )
    )
    headers = " · ".join(f"{count} {said}" for count, said in kinds)
    return Text(f"{_where(sent)} · {how} byte for byte · headers: {headers}")


def _where(sent: Sequence[PlannedLetter]) -> str:
    """Whose partition is not the recorded one: the key says it where none was recorded."""
    by_key = sum(planned.origin is None for planned in sent)
    moved = sum(
        planned.origin is not None and planned.target != planned.origin.topic_partition
        for planned in sent
    )
    others = [
        f"{count:,} {said}"
        for count, said in ((by_key, "by key"), (moved, "to another place than they came from"))
        if count
    ]
    if not others:
        return "partition as recorded"
    rest = len(sent) - by_key - moved
    return ", ".join([*others, *([f"{rest:,} to the partition as recorded"] if rest else [])])


def _stripped(planned: PlannedLetter) -> Sequence[str]:
    return planned.stripped


def _kept(planned: PlannedLetter) -> Sequence[str]:
    return planned.kept


def _added(planned: PlannedLetter) -> Sequence[str]:
    return planned.added


def _effects(sent: Sequence[PlannedLetter]) -> Iterator[Text]:
    told = [planned.impact for planned in sent if planned.impact is not None]
    if not told:
        yield Text("what it does to the aggregates is not known: no reducer tells", "dim")
        return
    changed = {impact.aggregate for impact in told if impact.before != impact.after}
    moved = {impact.aggregate for impact in told
             if impact.failed_n is not None and impact.failed != impact.before}  # fmt: skip
    breaking = {impact.aggregate for impact in told if impact.newly_broken}
    known = {impact.aggregate for impact in told if impact.already_told}
    failed = {impact.aggregate for impact in told if impact.error is not None}
    line = Text(f"what it does: {counted(len(changed), 'aggregate')} of "
                f"{len({impact.aggregate for impact in told}):,} change by it")  # fmt: skip
    for aggregates, said, style in (
        (breaking, "✗ break a rule", BROKEN),
        (moved, "are not as when it failed", _WARN),
        (known, "have the event already", _WARN),
        (failed, "✗ cannot be told", BROKEN),
    ):
        if aggregates:
            line.append(" · ").append(f"{len(aggregates):,} {said}", style)
    yield line
    yield from _now(told)
    if known:
        yield Text(
            "events already told change nothing by themselves; what the services that failed will "
            "write is not foreseen",
            "dim",
        )


def _now(told: Sequence[Impact]) -> Iterator[Text]:
    """How many aggregates are in which status now, where their states have one."""
    states = {impact.aggregate: impact.before for impact in told}
    found = Counter(
        str(state[name])
        for state in states.values()
        if isinstance(state, dict)
        for name in ("status", "state")
        if isinstance(state.get(name), str)
    )
    if found:
        said = (f"{count:,} {visible(name, limit=40)}" for name, count in found.most_common(5))
        yield Text(f"they are now: {' · '.join(said)}")
