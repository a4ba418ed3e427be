"""A plan as lines of text, for those who have no screen for it."""

from collections.abc import Iterator, Sequence

from replay.deadletters.republish.plan import LeftOut, Plan
from tui.render.plan_summary import headline, summary_lines
from tui.render.plan_view import RowStyle, left_out_text, letter_row

SHOWN = 20
_WIDTH = 160


def plan_lines(plan: Plan, *, shown: int = SHOWN) -> Iterator[str]:
    """What holds for all letters, then the first of them and the first of those that stay."""
    yield f"republish plan {plan.id}"
    yield headline(plan, plan.letters)
    yield from (line.plain for line in summary_lines(plan, plan.letters))
    style = RowStyle.of(plan)
    for letter in plan.letters[:shown]:
        yield letter_row(letter, style, _WIDTH, left_out=False).plain.rstrip()
    yield from _rest(len(plan.letters), shown, "letters to send")
    yield from _left_out(plan.left_out, shown)


def _left_out(left_out: Sequence[LeftOut], shown: int) -> Iterator[str]:
    yield from (left_out_text(out).plain for out in left_out[:shown])
    yield from _rest(len(left_out), shown, "that are not sent")


def _rest(count: int, shown: int, what: str) -> Iterator[str]:
    if count > shown:
        yield f" … and {count - shown:,} more {what}; --json tells all"
