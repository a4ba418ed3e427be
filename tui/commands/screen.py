"""`kstory`: the screen on the source; as text where there is no terminal."""

import sys
from contextlib import ExitStack

from readers.opening import open_source
from readers.profiles import SourceSpec
from tui.settings import Settings


def has_terminal() -> bool:
    """Whether a person sits there: keys come from one, and pictures go to one."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def open_screen(settings: Settings, target: str | None) -> None:
    """The screen, opened at a topic, a position or an aggregate where one is named."""
    if settings.spec.kind == "demo":
        from tui.commands.demo import show_demo

        show_demo(settings, target=target, file=None)
    elif has_terminal():
        run_app(settings, settings.spec, target)
    else:
        _print(settings, target)


def _print(settings: Settings, target: str | None) -> None:
    from tui.commands.story import search_story
    from tui.commands.topics import print_topics
    from tui.output import print_lines
    from tui.render.story_text import story_lines

    if target is None:
        print_topics(settings, with_internal=False)
    else:
        story = search_story(settings, target, stream=None, topics=None, reducer=None)
        print_lines(story_lines(story, settings.zone))


def run_app(settings: Settings, spec: SourceSpec, target: str | None) -> None:
    """Run the app on a source until it is left; its exit code is the command's."""
    from tui.app import KstoryApp

    with ExitStack() as stack:
        app = KstoryApp(
            lambda: open_source(spec),
            config=settings.config,
            spec=spec,
            zone=settings.zone,
            target=target,
        )
        stack.callback(app.close_terminal) if hasattr(app, "close_terminal") else None
        app.run()
    if app.return_code:
        sys.exit(app.return_code)
