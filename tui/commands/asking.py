"""What all commands that ask for an aggregate's states share: its options, and its story."""

from collections.abc import Callable
from typing import TypedDict, TypeVar

import click

from replay.certainty import Certainty, certainty
from replay.story import Story
from tui.commands.story import NOTHING_FOUND, nothing_text, search_story
from tui.options import reducer_option, stream_options
from tui.output import note, print_json
from tui.settings import Settings

F = TypeVar("F", bound=Callable[..., object])


class Folded(TypedDict):
    """How the aggregate is found and folded."""

    stream: str | None
    topics: str | None
    fold_duplicates: bool


def fold_options(command: F) -> F:
    """Which topics tell the story, and which reducer folds it."""
    duplicates = click.option(
        "--fold-duplicates", is_flag=True, help="Redelivered events change the state again."
    )
    return stream_options(reducer_option(duplicates(command)))


def story_of(settings: Settings, key: str, folded: Folded) -> Story | None:
    """The story of an aggregate; None where it has no events, which is then said."""
    story = search_story(settings, key, **folded)
    if story.events:
        _tell_errors(story)
        return story
    tell_nothing(settings, story)
    return None


def tell_nothing(settings: Settings, story: Story) -> None:
    """That a story has no events, and why they may be missing; as JSON, a document says so too."""
    note(nothing_text(story))
    if settings.as_json:
        told = {"found": False, "aggregate": story.aggregate, "topics": list(story.topics)}
        print_json(told | {"complete": story.complete, "why": story.why})


def _tell_errors(story: Story) -> None:
    """A state that events are missing from looks like any other."""
    errors = story.fold.state(len(story.events)).errors
    if errors:
        first = errors[0]
        note(f"{len(errors)} events could not be folded; the first, #{first.n}: {first.error}")


def tell_certainty(story: Story, *points: int) -> None:
    """An answer about these states that need not be the whole truth says so."""
    known = [sure for n in points if (sure := certainty(story, n)) is not Certainty.EXACT]
    if known:
        note(f"Not known to be exact, but {known[0].words}: {story.why}.")


def nothing(context: click.Context) -> None:
    """The answer is no."""
    context.exit(NOTHING_FOUND)
