"""What if, in the story screen: events skipped, moved and edited in memory."""

from pathlib import Path

import pytest

from replay.transfer.files import Format, read_records
from tests.tui.driving import until
from tests.tui.screens.demo_app import notices, sees, shown
from tests.tui.screens.told_story import SIZES, cursor, story_of, typed
from tui.screens.story.screen import StoryScreen


@pytest.mark.parametrize("size", SIZES)
async def test_what_if_an_event_had_not_been(demo: Path, size: tuple[int, int]) -> None:
    async with story_of(demo, size=size) as (pilot, app):
        await pilot.press("x")
        await sees(pilot, app, "WHAT IF  1 change from #10 on", "⊘ skipped", "as it was, #10")
        await sees(pilot, app, '"CANCELLED"', '"PAYMENT_FAILED"')
        await pilot.press("w")
        await sees(pilot, app, "state at #10")
        assert "WHAT IF" not in shown(app)
        await pilot.press("w")
        await sees(pilot, app, "WHAT IF  1 change")
        await pilot.press("u")
        await sees(pilot, app, "nothing changed yet")
        await pilot.press("escape")
        await sees(pilot, app, "state at #10")
        assert isinstance(app.screen, StoryScreen)


async def test_what_comes_to_nothing_is_no_difference(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("x")
        await sees(pilot, app, "WHAT IF  1 change from #10 on")
        await pilot.press("x")
        await sees(pilot, app, "WHAT IF  nothing differs")
        await pilot.press("u")
        await sees(pilot, app, "WHAT IF  1 change from #10 on")


async def test_what_if_an_event_came_earlier_or_was_another(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("home", "right", "K")
        await sees(pilot, app, "⇅ was #2")
        assert cursor(app) == 1
        await pilot.press("U")
        await until(pilot, lambda: "WHAT IF" not in shown(app))
        await pilot.press("end", "e")
        await sees(pilot, app, "What if #10 had been:")
        await pilot.press("f7", "delete", *typed('{"reason":"no luck"}'), "ctrl+s")
        await sees(pilot, app, "✎ edited", '"no luck"', "WHAT IF  1 change")


async def test_what_if_an_event_had_no_value_and_that_goes_into_a_file(
    demo: Path, tmp_path: Path
) -> None:
    file = tmp_path / "what-if.jsonl"
    async with story_of(demo) as (pilot, app):
        await pilot.press("X")
        await until(pilot, lambda: "There is no what if to be written" in notices(app))
        await pilot.press("e")
        await sees(pilot, app, "What if #10 had been:", "Ctrl+T with null")
        await pilot.press("ctrl+t")
        await sees(pilot, app, "✎ edited", "∅", "WHAT IF  1 change from #10 on")
        for said in ("10 records written into", "is there already"):
            await pilot.press("X")
            await sees(pilot, app, "Write this what if into which file")
            await pilot.press(*typed(str(file)), "enter")
            await until(pilot, lambda said=said: said in notices(app))
    records = list(read_records(file, Format.JSONL))
    assert [record.value is None for record in records] == [False] * 9 + [True]


async def test_an_edit_that_is_not_what_it_was_is_refused(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("e")
        await sees(pilot, app, "What if #10 had been:")
        await pilot.press("f7", "delete", *"hello", "ctrl+s")
        await until(pilot, lambda: "cannot be given this value" in notices(app))
