"""`kstory bisect`: the first event after which something holds of an aggregate's state."""

from collections.abc import Iterator
from typing import Unpack

import click

from readers.decoders.payload import Json
from readers.errors import UsageError
from replay.state_condition import StateCondition
from replay.states.bisect import Found, How, Question, WhenBroken, WhenTrue, first_after
from replay.states.diff import rows
from replay.story import Story
from tui.commands.asking import Folded, fold_options, nothing, story_of
from tui.options import json_option, pass_settings, source_options
from tui.output import print_json, print_lines
from tui.render.blame_text import event_text
from tui.render.diff_text import diff_text
from tui.render.story_json import place_document
from tui.render.times import Zone
from tui.settings import Settings

_HOW = {
    How.FOLD: "Found by fold: it holds of no state before this one.",
    How.HALVING: "Found by halving: it is the first only if what holds once holds from then on; "
    "--linear looks at every state.",
}
_NOT_FOUND = {"found": False}


@click.command("bisect")
@click.argument("key")
@click.option("--when", metavar="CEL", help="A condition on state, n and event.")
@click.option("--rule", metavar="NAME", help="A rule of the reducer's check that breaks.")
@click.option("--any-rule", is_flag=True, help="Any of these rules.")
@click.option("--linear", is_flag=True, help="Look at every state, never halve.")
@fold_options
@json_option
@source_options
@pass_settings
@click.pass_context
def bisect(
    context: click.Context,
    settings: Settings,
    key: str,
    when: str | None,
    rule: str | None,
    any_rule: bool,
    linear: bool,
    **folded: Unpack[Folded],
) -> None:
    """Find the first event of KEY after which a condition on its state holds.

    Short stories are folded from the start. In long ones it is halved, where the condition asks for
    the state alone; the answer says which of the two was done. The exit code is 1 where it never
    holds.
    """
    if [when is not None, rule is not None, any_rule].count(True) != 1:
        raise UsageError("Say what to look for: one of --when CEL, --rule NAME and --any-rule.")
    condition = None if when is None else StateCondition(when)
    story = story_of(settings, key, folded)
    if story is None:
        nothing(context)
        return
    question: Question = (
        WhenBroken(story.fold, rule) if condition is None else WhenTrue(story, condition)
    )
    found = first_after(story.fold, question, linear=linear)
    if settings.as_json:
        print_json(_NOT_FOUND if found is None else _document(story, found))
    else:
        print_lines(_lines(story, found, settings.zone))
    if found is None:
        nothing(context)


def _document(story: Story, found: Found) -> dict[str, object]:
    before, after = _around(story, found.n)
    return {
        "found": True,
        **place_document(story.events, found.n),
        "before": before,
        "after": after,
        "how": found.how.value,
    }


def _lines(story: Story, found: Found | None, zone: Zone) -> Iterator[str]:
    if found is None:
        yield f"It holds after none of the {len(story.fold):,} events of {story.aggregate}."
        return
    yield event_text(story, found.n, zone)
    if found.n:
        yield story.events[found.n - 1].says
        before, after = _around(story, found.n)
        yield from diff_text(rows(before, after), f"at #{found.n - 1}", f"at #{found.n}")
    yield _HOW[found.how]


def _around(story: Story, n: int) -> tuple[Json, Json]:
    """The states before and after; null before where there is no event."""
    if n == 0:
        return None, story.fold.state(0).value
    return story.fold.around(n)
