"""The source as text, where there is no terminal to show a screen in."""

from contextlib import closing

from readers.errors import UsageError
from readers.opening import open_source
from readers.profiles import SourceSpec
from replay.reducers.loading import reducer_of
from replay.story_search import StorySearch
from tui.commands.topics import letter_topic_names, topic_lines
from tui.opening import pick_stream
from tui.output import print_lines
from tui.render.story_text import story_lines
from tui.settings import Settings, now_ms


def print_overview(settings: Settings, spec: SourceSpec, target: str | None) -> None:
    """The topics, and the story of what was named, as text."""
    if settings.as_json:
        raise UsageError(
            "--json belongs to a command: kstory topics --json, kstory story KEY --json."
        )
    with closing(open_source(spec)) as source:
        found = [topic for topic in source.topics() if not topic.internal]
        letters = letter_topic_names(source, found, settings)
        print_lines(topic_lines(found, letters, settings.zone, now_ms()))
        if target is not None:
            stream = pick_stream(source, settings, target, None, None)
            reducer = reducer_of(stream, settings.reducer)
            search = StorySearch(source, stream, target, reducer=reducer)
            for _ in search.steps():
                pass
            print_lines(["", *story_lines(search.story(), settings.zone)])
