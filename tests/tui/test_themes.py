"""Every one of Textual's own themes can be read."""

from rich.segment import Segment
from textual.color import Color

from tests.fakes import FakeSource
from tests.tui.driving import until
from tests.tui.test_pictures import app_on, shop, tailed
from tui.app import KstoryApp

LEAST_DIFFERENCE = 0.15
"""Of perceived brightness, from 0 to 1: dimmed text has 0.25, white on light grey 0.12."""


def unreadable(app: KstoryApp) -> list[str]:
    """What is written in nearly the colour that it is written on."""
    strips = app.screen._compositor.render_strips()  # noqa: SLF001 - Textual tells it nowhere else
    return [segment.text for strip in strips for segment in strip if _is_unreadable(segment)]


def _is_unreadable(segment: Segment) -> bool:
    style = segment.style
    if not segment.text.strip(" ▁▂▎▏─│") or style is None or not style.color or not style.bgcolor:
        return False
    written, ground = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
    return abs(written.brightness - ground.brightness) < LEAST_DIFFERENCE


async def test_the_tail_and_all_of_a_record_can_be_read_on_every_theme() -> None:
    source: FakeSource = shop()
    app = app_on(source)
    bad: dict[str, list[str]] = {}
    async with app.run_test(size=(110, 30)) as pilot:
        await tailed("up", "enter")(pilot)
        for theme in app.available_themes.values():
            if theme.ansi:  # the terminal's own colours, which are not known here
                continue
            app.theme = theme.name
            await until(pilot, lambda: app.current_theme is theme)  # noqa: B023 - awaited at once
            await pilot.pause()
            if found := unreadable(app):
                bad[theme.name] = found
    assert not bad
