"""`kstory`: the screen on the source; as text where there is no terminal."""

import gc
import sys
from contextlib import closing

from readers.errors import UsageError
from readers.opening import open_source
from readers.profiles import SourceSpec
from replay.reducers.loading import reducer_of
from replay.story_search import StorySearch
from tui.commands.topics import topic_lines
from tui.opening import DEMO_NOTE, pick_stream
from tui.output import note, print_lines
from tui.render.story_text import story_lines
from tui.settings import Settings, now_ms

CRASHED = 70  # EX_SOFTWARE of sysexits.h: not the answer "no", which is 1


def has_terminal() -> bool:
    """Whether a person sits there: keys come from one, and pictures go to one."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def open_screen(settings: Settings, target: str | None) -> None:
    """The screen, opened at a topic, a position or an aggregate where one is named."""
    if settings.spec.kind == "demo":
        from tui.commands.demo import show_demo

        note(DEMO_NOTE)
        show_demo(settings, target=target, file=None)
    elif has_terminal():
        run_app(settings, settings.spec, target)
    else:
        print_overview(settings, settings.spec, target)


def print_overview(settings: Settings, spec: SourceSpec, target: str | None) -> None:
    """The topics, and the story of what was named, as text."""
    if settings.as_json:
        raise UsageError(
            "--json belongs to a command: kstory topics --json, kstory story KEY --json."
        )
    with closing(open_source(spec)) as source:
        found = [topic for topic in source.topics() if not topic.internal]
        print_lines(topic_lines(found, settings.zone, now_ms()))
        if target is not None:
            stream = pick_stream(source, settings, target, None, None)
            search = StorySearch(source, stream, target, reducer=reducer_of(stream))
            for _ in search.steps():
                pass
            print_lines(["", *story_lines(search.story(), settings.zone)])


def run_app(settings: Settings, spec: SourceSpec, target: str | None) -> None:
    """Run the app on a source until it is left; its exit code is the command's."""
    from tui.app import KstoryApp

    # What exists now stays: collecting it again and again makes frames late (24 ms against 6.5).
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 1_000)
    app = KstoryApp(
        lambda: open_source(spec),
        spec=spec,
        config=settings.config,
        zone=settings.zone,
        target=target,
    )
    app.run()
    if app.return_code:
        sys.exit(CRASHED if app.crashed else app.return_code)
