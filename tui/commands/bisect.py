"""`kstory bisect`: the first event after which something holds of an aggregate's state."""

from collections.abc import Iterator
from typing import Unpack

import click

from readers.decoders.payload import Json
from readers.errors import UsageError
from replay.certainty import certainty
from replay.state_condition import StateCondition
from replay.states.bisect import Found, How, Question, WhenBroken, WhenTrue, first_after
from replay.states.diff import rows
from replay.states.halving import first_bad
from replay.story import Story
from tui.commands.asking import Folded, fold_options, nothing, story_of, tell_certainty
from tui.commands.bisect_run import program
from tui.options import json_option, pass_settings, source_options
from tui.output import note, print_json, print_lines
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
_LEAST_SURE = 0
"""No state is less sure than the one before the first event; the answer is about all of them."""
_NOT_FOUND = {"found": False}


@click.command("bisect")
@click.argument("key")
@click.option("--when", metavar="CEL", help="A condition on state, n and event.")
@click.option("--rule", metavar="NAME", help="A rule of the reducer's check that breaks.")
@click.option("--any-rule", is_flag=True, help="Any of these rules.")
@click.option(
    "--run", metavar="COMMAND", help="A command that says 0, good, or 1, bad, of a state."
)
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
    run: str | None,
    linear: bool,
    **folded: Unpack[Folded],
) -> None:
    """Find the first event of KEY after which a condition on its state holds.

    Short stories are folded from the start. In long ones it is halved, where the condition asks for
    the state alone; the answer says which of the two was done. The exit code is 1 where it never
    holds.

    With --run a command is given the state as JSON on stdin, KSTORY_N and KSTORY_EVENT in its
    environment, and answers by its exit code as for git bisect run: 0 is good, 125 cannot say,
    another up to 127 is bad.
    """
    if [when is not None, rule is not None, any_rule, run is not None].count(True) != 1:
        raise UsageError(
            "Say what to look for: one of --when CEL, --rule NAME, --any-rule and --run COMMAND."
        )
    condition = None if when is None else StateCondition(when)
    story = story_of(settings, key, folded)
    if story is None:
        nothing(context)
        return
    if run is not None:
        _ask_program(context, settings, story, run, linear=linear)
        return
    _ask(context, settings, story, condition, rule, linear=linear)


def _ask(
    context: click.Context,
    settings: Settings,
    story: Story,
    condition: StateCondition | None,
    rule: str | None,
    *,
    linear: bool,
) -> None:
    question: Question = (
        WhenBroken(story.fold, rule) if condition is None else WhenTrue(story, condition)
    )
    found = first_after(story.fold, question, linear=linear)
    _tell_failures(question)
    tell_certainty(story, _LEAST_SURE)
    if settings.as_json:
        print_json(_NOT_FOUND if found is None else _document(story, found))
    else:
        print_lines(_lines(story, found, settings.zone))
    if found is None:
        nothing(context)


def _ask_program(
    context: click.Context, settings: Settings, story: Story, command: str, *, linear: bool
) -> None:
    turned = first_bad(story.fold, program(story, command), linear=linear)
    tell_certainty(story, _LEAST_SURE)
    if turned is None:
        if settings.as_json:
            print_json(_NOT_FOUND)
        else:
            print_lines([_no_bad_state(story, linear)])
        nothing(context)
        return
    found = Found(turned.n, How.FOLD if linear else How.HALVING)
    if settings.as_json:
        more = {"earliest": turned.earliest, "asked": turned.asked}
        print_json(_document(story, found) | more)
        return
    print_lines(_event_lines(story, found.n, settings.zone))
    print_lines([f"{_HOW[found.how]} The command was asked {turned.asked:,} times."])
    if turned.earliest < turned.n:
        note(
            f"It may have begun at any of #{turned.earliest} to #{turned.n}: "
            "of those between, the command could not say."
        )


def _no_bad_state(story: Story, linear: bool) -> str:
    events = f"the {len(story.fold):,} events of {story.aggregate}"
    if linear:
        return f"It holds after none of {events}, by what the command could say."
    return (
        f"It does not hold at the end of {events}, by what the command could say; --linear asks "
        "of every state."
    )


def _tell_failures(question: Question) -> None:
    """What could not be asked is no answer.

    Raises:
        UsageError: it could be asked of no state.
    """
    failures = question.failures
    if failures.failed:
        said = f"It {failures.said('states')}."
        if failures.is_useless:
            raise UsageError(said)
        note(said)
    elif failures.always_lacks:
        note("None of the states has what the condition asks for.")


def _document(story: Story, found: Found) -> dict[str, object]:
    before, after = _around(story, found.n)
    return {
        "found": True,
        **place_document(story.events, found.n),
        "before": before,
        "after": after,
        "how": found.how.value,
        "certainty": certainty(story, _LEAST_SURE).value,
    }


def _lines(story: Story, found: Found | None, zone: Zone) -> Iterator[str]:
    if found is None:
        yield f"It holds after none of the {len(story.fold):,} events of {story.aggregate}."
        return
    yield from _event_lines(story, found.n, zone)
    yield _HOW[found.how]


def _event_lines(story: Story, n: int, zone: Zone) -> Iterator[str]:
    """The event, and what it changed."""
    yield event_text(story, n, zone)
    if n:
        yield story.events[n - 1].says
        before, after = _around(story, n)
        yield from diff_text(rows(before, after), f"at #{n - 1}", f"at #{n}")


def _around(story: Story, n: int) -> tuple[Json, Json]:
    """The states before and after; null before where there is no event."""
    if n == 0:
        return None, story.fold.state(0).value
    return story.fold.around(n)
