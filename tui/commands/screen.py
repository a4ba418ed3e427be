"""`kstory`: the screen on the source; as text where there is no terminal."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.source import Source
from tui import smoothness
from tui.output import note
from tui.settings import DEMO_NOTE, Settings

if TYPE_CHECKING:
    from replay.film import FilmClock
    from replay.streams import Stream
    from replay.transfer.picks import Selection
    from tui.app import KstoryApp

CRASHED = 70  # EX_SOFTWARE of sysexits.h: not the answer "no", which is 1


def has_terminal() -> bool:
    """Whether a person sits there: keys come from one, and pictures go to one."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def open_screen(settings: Settings, target: str | None) -> None:
    """The screen, opened at a topic, a position or an aggregate where one is named."""
    if settings.spec.kind == "demo":
        note(DEMO_NOTE)
        _open_demo(settings, target)
    elif has_terminal():
        run_app(settings, settings.spec, target)
    else:
        from tui.commands.overview import print_overview

        print_overview(settings, settings.spec, target)


def _open_demo(settings: Settings, target: str | None) -> None:
    if has_terminal():
        from tui.embedded_demo import show_embedded_demo

        show_embedded_demo(settings, target)
    else:
        from tui.commands.demo import print_demo

        print_demo(settings, target)


def run_app(
    settings: Settings,
    spec: SourceSpec,
    target: str | None,
    open_it: Callable[[], Source] | None = None,
) -> None:
    """Run the app on a source until it is left; its exit code is the command's.

    `open_it` opens the source where that is more than opening the spec.
    """
    smoothness.before_textual_is_loaded()
    from tui.app import KstoryApp

    _run(
        KstoryApp(
            open_it or (lambda: open_source(spec)),
            spec=spec,
            config=settings.config,
            zone=settings.zone,
            target=target,
            reducer=settings.reducer,
        )
    )


def run_film(
    settings: Settings,
    spec: SourceSpec,
    selection: "Selection",
    clock: "FilmClock",
    story: "tuple[str, Stream] | None",
) -> None:
    """Run the app on a film until it is left: on a story, or else on the records as they come."""
    smoothness.before_textual_is_loaded()
    from tui.film_app import FilmApp

    _run(
        FilmApp(
            spec,
            selection,
            clock,
            story=story,
            config=settings.config,
            zone=settings.zone,
            reducer=settings.reducer,
        )
    )


def _run(app: "KstoryApp") -> None:
    smoothness.before_the_app_runs()
    app.run()
    if app.return_code:
        sys.exit(CRASHED if app.crashed else app.return_code)
