"""`kstory state`: an aggregate's state, now or at any point of its story."""

from collections.abc import Iterator

import click
import orjson

from replay.certainty import Certainty, certainty, sure_words
from replay.fold import State
from replay.states.fingerprint import state_sha256
from replay.story import Story
from replay.story_position import vector_at
from tui.commands.asking import tell_nothing
from tui.commands.reducer_report import report_check
from tui.commands.story import NOTHING_FOUND, search_story
from tui.options import (
    json_option,
    pass_settings,
    reducer_option,
    source_options,
    stream_options,
)
from tui.output import print_json, print_lines
from tui.render.story_json import state_document
from tui.render.times import Zone, date_and_time
from tui.settings import Settings, now_ms
from tui.story_point import n_of

_HASH_CHARS = 16
"""What tells two apart at a glance; --json has all 64."""


@click.command("state")
@click.argument("key")
@stream_options
@click.option(
    "--at", metavar="POSITION[,…]|TIME|#N", help="The point; the story's end if not said."
)
@reducer_option
@click.option("--check-reducer", is_flag=True, help="Say what the reducer does wrong instead.")
@click.option("--fold-duplicates", is_flag=True, help="Redelivered events change the state again.")
@json_option
@source_options
@pass_settings
@click.pass_context
def state(
    context: click.Context,
    settings: Settings,
    key: str,
    stream: str | None,
    topics: str | None,
    at: str | None,
    check_reducer: bool,
    fold_duplicates: bool,
) -> None:
    """Show the state of the aggregate KEY, by folding its events.

    With --check-reducer it folds them twice and says whether the reducer changes what it is given,
    gives another state the second time, or returns what is no JSON.
    """
    story = search_story(
        settings,
        key,
        stream=stream,
        topics=topics,
        fold_duplicates=fold_duplicates,
    )
    if not story.events:
        tell_nothing(settings, story)
        context.exit(NOTHING_FOUND)
    if check_reducer:
        context.exit(report_check(settings, story))
    found = story.fold.state(find_point(story, at, settings.zone))
    if settings.as_json:
        sure = certainty(story, found.n).value
        print_json(state_document(story, found) | {"certainty": sure})
    else:
        print_lines(state_lines(story, found, settings.zone))


def find_point(story: Story, at: str | None, zone: Zone) -> int:
    """The number of the event a text means: `#N`, a position, a time; None is the last.

    Raises:
        UsageError: it means none of them, or nothing of this story.
    """
    if at is None:
        return len(story.events)
    return n_of(story, at, now_ms=now_ms(), zone=zone)


def state_lines(story: Story, state: State, zone: Zone) -> Iterator[str]:
    """Where it is and how sure, then the state, then what is wrong with it."""
    sure = certainty(story, state.n)
    where = "before the first event"
    if state.n:
        event = story.events[state.n - 1].event
        where = f"{event.position} · {date_and_time(event.time_ms, zone)} {zone.name}"
    yield f"{story.aggregate} at #{state.n} of {len(story.events)} · {where}"
    applied = f"{state.events_applied} events applied"
    yield f"{sure_words(sure, state)} · {applied} · reducer {story.fold.reducer.name}"
    yield _hashes(story, state)
    if state.n:
        yield f"read up to {','.join(map(str, vector_at(story, state.n)))}"
    yield from orjson.dumps(state.value, option=orjson.OPT_INDENT_2).decode().splitlines()
    checked = story.fold.checked(state.n)
    yield from (f"✗ breaks a rule: {rule}" for rule in checked.broken)
    if checked.failure is not None:
        yield f"✗ the check itself failed: {checked.failure}"
    yield from (f"✗ #{error.n}: {error.error}" for error in state.errors)
    if sure is not Certainty.EXACT:
        yield f"Not known to be exact: {story.why}."


def _hashes(story: Story, state: State) -> str:
    """What makes two states and two reducers comparable in an incident's notes."""
    code = story.fold.reducer.code_sha256
    by = "" if code is None else f" · by code of sha256 {code[:_HASH_CHARS]}"
    return f"state of sha256 {state_sha256(state.value)[:_HASH_CHARS]}{by}"
