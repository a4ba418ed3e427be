"""`kstory story`: one aggregate's events across topics."""

import click

from replay.reducers.loading import reducer_of
from replay.story import Story
from replay.story_search import Bounds, StorySearch
from tui.opening import opened, pick_stream
from tui.options import (
    everywhere_option,
    json_option,
    pass_settings,
    reducer_option,
    source_options,
    stream_options,
)
from tui.output import note, print_json, print_lines
from tui.progress import SearchProgress
from tui.render.story_json import story_document
from tui.render.story_text import TEXT_FORMATS
from tui.render.times import parse_time
from tui.settings import Settings, now_ms

NOTHING_FOUND = 1


@click.command("story")
@click.argument("key")
@stream_options
@click.option("--from", "start", metavar="TIME", help="Only events from this time on.")
@click.option("--until", metavar="TIME", help="Only events before this time.")
@reducer_option
@everywhere_option
@click.option("--fold-duplicates", is_flag=True, help="Redelivered events change the state again.")
@click.option(
    "--format",
    "form",
    default="text",
    type=click.Choice([*TEXT_FORMATS, "json"]),
    help="How it is printed.",
    show_default=True,
)
@json_option
@source_options
@pass_settings
@click.pass_context
def story(
    context: click.Context,
    settings: Settings,
    key: str,
    stream: str | None,
    topics: str | None,
    start: str | None,
    until: str | None,
    everywhere: bool,
    fold_duplicates: bool,
    form: str,
) -> None:
    """Tell what happened to the aggregate KEY, in order."""
    told = search_story(
        settings,
        key,
        stream=stream,
        topics=topics,
        bounds=read_bounds(settings, start, until),
        fold_duplicates=fold_duplicates,
        everywhere=everywhere,
    )
    if settings.as_json or form == "json":
        print_json(story_document(told))
    elif not told.events:
        note(nothing_text(told))
    else:
        print_lines(TEXT_FORMATS[form](told, settings.zone))
    if not told.events:
        context.exit(NOTHING_FOUND)


def search_story(
    settings: Settings,
    key: str,
    *,
    stream: str | None,
    topics: str | None,
    bounds: Bounds | None = None,
    fold_duplicates: bool = False,
    everywhere: bool = False,
) -> Story:
    """Search for an aggregate's story, showing on stderr how far it is."""
    with opened(settings) as source, SearchProgress() as progress:
        chosen = pick_stream(source, settings, key, stream, topics)
        search = StorySearch(
            source,
            chosen,
            key,
            reducer=reducer_of(chosen, settings.reducer),
            bounds=bounds,
            fold_duplicates=fold_duplicates,
            everywhere=everywhere,
        )
        for step in search.steps():
            progress.show(step, search.found)
        return search.story()


def read_bounds(settings: Settings, start: str | None, until: str | None) -> Bounds:
    """The times between which events are wanted."""

    def time(text: str | None) -> int | None:
        return None if text is None else parse_time(text, now_ms=now_ms(), zone=settings.zone)

    return Bounds(time(start), time(until))


def nothing_text(story: Story) -> str:
    """That a story has no events, and why they may be missing."""
    why = f"; {story.why}" if story.why else ""
    return f"Nothing was found of {story.aggregate} in {', '.join(story.topics)}{why}."
