"""Time travel in the story screen, by its keys, on the demo's incident."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from replay.player import MAX_SPEED
from tests.fakes import START_MS, record_of
from tests.tui.driving import until
from tests.tui.screens.demo_app import demo_app, notices, sees, shown
from tests.tui.screens.test_story import app_on, shop
from tests.tui.screens.told_story import SIZES, cursor, story_of, typed
from tui.app import KstoryApp
from tui.screens.story.screen import StoryScreen
from tui.widgets.lanes_view import LanesView
from tui.widgets.scrubber import Scrubber


@pytest.mark.parametrize("size", SIZES)
async def test_from_a_cancelled_order_to_what_broke_it_in_under_a_minute(
    demo: Path, size: tuple[int, int]
) -> None:
    began_s = time.monotonic()
    async with story_of(demo, size=size) as (pilot, app):
        await pilot.press("b")
        await sees(pilot, app, "who set it")
        await pilot.press("tab", *["down"] * 6)
        await sees(pilot, app, '▸status       "CANCELLED" ◂')
        await pilot.press("enter")
        assert cursor(app) == 10
        await pilot.press("B", *typed("state.failure != null"), "enter")
        await until(pilot, lambda: cursor(app) == 5)
        await sees(pilot, app, "first at #5, by fold")
        assert "it holds of no state before" in notices(app)
    assert time.monotonic() - began_s < 60


async def test_blame_stands_beside_each_field_and_enter_goes_there(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("b")
        await sees(pilot, app, "← #8", "← #4", "← #10")
        await pilot.press("tab", *["down"] * 7, "up")
        await pilot.press("end", "up", "enter")  # the last but one: failure
        await until(pilot, lambda: cursor(app) == 5)
        await pilot.press("b")
        await until(pilot, lambda: "←  #" not in shown(app) and "who set it" not in shown(app))


async def test_enter_on_a_field_asks_who_set_it(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("tab", "end", "enter")
        await sees(pilot, app, "who set it", "← #10")


@pytest.mark.parametrize(
    ("asked", "n"), [("3", 3), ("#7", 7), ("order-events:7@1430", 2), ("11:54:02.600", 3)]
)
async def test_one_jumps_to_a_number_a_position_or_a_time(demo: Path, asked: str, n: int) -> None:
    async with story_of(demo) as (pilot, app):
        position = app.screen._told.story.events[1].event.position  # type: ignore[attr-defined]  # noqa: SLF001
        text = str(position) if "@" in asked else asked
        await pilot.press("t", *typed(text), "enter")
        await until(pilot, lambda: cursor(app) == n)
        await sees(pilot, app, f"state at #{n}")


async def test_a_jump_to_what_is_not_there_says_so(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("t", *"99", "enter")
        await until(pilot, lambda: "There is no event #99" in notices(app))
        assert cursor(app) == 10


async def test_arrows_step_wherever_the_focus_is(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("left", "left", "tab", "left", "right", "left")
        assert cursor(app) == 7
        await sees(pilot, app, "state at #7", "#7 of 10")


@pytest.mark.parametrize("size", SIZES)
async def test_the_slider_and_the_lanes_are_clicked(demo: Path, size: tuple[int, int]) -> None:
    async with story_of(demo, size=size) as (pilot, app):
        await pilot.click(Scrubber, offset=(24, 0))
        await until(pilot, lambda: cursor(app) == 1)
        await pilot.click(LanesView, offset=(size[0] - 3, 0))
        await until(pilot, lambda: cursor(app) == 10)


@pytest.mark.parametrize("size", SIZES)
async def test_two_points_are_compared_side_by_side_and_as_a_patch(
    demo: Path, size: tuple[int, int]
) -> None:
    async with story_of(demo, size=size) as (pilot, app):
        await pilot.press("home", "m", "end", "D")
        await sees(pilot, app, "at #1 → at #10", "side by side", "are the same", '"CANCELLED"')
        await pilot.press("D")
        await sees(pilot, app, '{"op":"replace","path":"/status","value":"CANCELLED"}')
        await pilot.press("home")
        await sees(pilot, app, "at #1 → at #1 ", "[]")
        await pilot.press("escape")
        await sees(pilot, app, "state at #1")


async def test_nothing_is_compared_without_a_mark(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("D")
        await until(pilot, lambda: "Mark a point with m first" in notices(app))


async def test_a_rule_is_chosen_to_bisect_and_n_goes_to_what_breaks_one(demo: Path) -> None:
    async with story_of(demo, "order-4242") as (pilot, app):
        await sees(pilot, app, "✗ breaks: a paid order has its stock")
        await pilot.press("home", "n")
        await until(pilot, lambda: cursor(app) == 5)
        await pilot.press("home", "B", "down", "enter")
        await sees(pilot, app, "✗ a paid order has its stock first at #5, by fold")
        assert cursor(app) == 5


async def test_a_condition_that_is_none_is_said_and_can_be_mended(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("B", *typed("state.status =="), "enter")
        await until(pilot, lambda: "not valid CEL" in notices(app))
        await pilot.press("B", *typed(' "GONE"'), "enter")
        await until(pilot, lambda: "it holds after none of the events" in notices(app))


async def test_only_events_that_changed_a_field_remain_while_it_is_watched(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("W")
        await until(pilot, lambda: "Go to a field of the state first" in notices(app))
        await pilot.press("tab", *["down"] * 6, "W")
        await sees(pilot, app, "watching /status: 3 of 10")
        assert "Stock reserved" not in shown(app)
        await pilot.press("left")
        assert cursor(app) == 5
        await pilot.press("escape")
        await sees(pilot, app, "Stock reserved")
        assert cursor(app) == 5


async def test_a_story_is_played_to_its_end(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("space")
        await until(pilot, lambda: cursor(app) < 10)
        await sees(pilot, app, "▶ 1×")
        await pilot.press(*["greater_than_sign"] * 10)
        await until(pilot, lambda: cursor(app) == 10)
        await sees(pilot, app, "‖ max")


async def test_under_a_dialog_the_film_stands_still(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press(*["greater_than_sign"] * 4, "space")
        await until(pilot, lambda: cursor(app) >= 2)
        screen = app.screen
        assert isinstance(screen, StoryScreen)
        await pilot.press("t")
        await sees(pilot, app, "Go to a number")
        n = screen.cursor
        screen._player.speed = MAX_SPEED  # type: ignore[union-attr]  # noqa: SLF001
        screen._tick()  # noqa: SLF001
        screen._tick()  # noqa: SLF001
        assert screen.cursor == n < 10
        await pilot.press("escape")
        await until(pilot, lambda: cursor(app) == 10)


async def test_it_stops_where_a_condition_holds(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("P", *typed('event.type == "PaymentFailed"'), "enter")
        await sees(pilot, app, "stops at event.type")
        await pilot.press(*["greater_than_sign"] * 10, "home", "space")
        await until(pilot, lambda: cursor(app) == 5)
        await until(pilot, lambda: "Stopped at #5" in notices(app))
        await pilot.press("p")
        await until(pilot, lambda: cursor(app) == 6)
        await until(pilot, lambda: "Stopped at #6" in notices(app))
        await pilot.press("P", "p")
        await until(pilot, lambda: cursor(app) == 10)


async def test_a_note_is_kept_and_found_again(own_demo: Path) -> None:
    async with story_of(own_demo) as (pilot, app):
        await pilot.press("home", "a", *typed("began [b]here"), "enter")
        await sees(pilot, app, "★ began [b]here")
    async with story_of(own_demo, "order-4242") as (pilot, app):
        await pilot.press("A")
        await sees(pilot, app, "★ order-4711  began [b]here")
        await pilot.press("enter")
        await sees(pilot, app, "state at #1 ", "order-4711")
        await pilot.press("a")
        await until(pilot, lambda: "★" not in shown(app))


async def test_new_events_are_counted_and_shown_when_asked_for() -> None:
    source = shop()
    app = app_on(source)
    async with app.run_test(size=(160, 45)) as pilot:
        await sees(pilot, app, "complete", "state at #6")
        await pilot.press("left")
        source.add(
            record_of(
                "order-events", 0, 4, key=b"order-1", value=b'{"status":"X"}',
                timestamp_ms=START_MS + 500_000, headers=(("eventType", b"OrderUpdated"),),
            ),
            record_of("order-events", 0, 5, key=b"order-2", timestamp_ms=START_MS + 500_000),
        )  # fmt: skip
        await sees(pilot, app, "1 new event: R or End", "6 events")
        assert cursor(app) == 5
        await pilot.press("end")
        await sees(pilot, app, "state at #7")
        assert "new event" not in shown(app)


async def test_the_palette_knows_the_keys_of_the_story(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("ctrl+p", *"bisect")
        await sees(pilot, app, "The first event after which something holds")
        await pilot.press("enter")
        await sees(pilot, app, "Bisect: the first event after which this holds")


async def test_help_explains_time_travel(demo: Path) -> None:
    async with story_of(demo, size=(160, 90)) as (pilot, app):
        await pilot.press("question_mark")
        await sees(pilot, app, "What if this event had not been", "Play faster")
        await sees(pilot, app, "Only events that changed the field")


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("blame", ("b", "tab", "end")),
        ("diff", ("home", "m", "end", "D")),
        ("what_if", ("x",)),
    ],
)
def test_time_travel_at_a_glance(
    demo: Path, name: str, keys: tuple[str, ...], snap_compare: Callable[..., bool]
) -> None:
    async def steady(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, KstoryApp)
        await sees(pilot, app, "complete", "state at #10", "live")
        await pilot.press(*keys)
        waits = {"blame": "← #10", "diff": "side by side", "what_if": "WHAT IF  1 change"}
        await sees(pilot, app, waits[name])
        await pilot.pause(0.1)

    assert snap_compare(
        demo_app(demo, target="order-4711"), terminal_size=(110, 40), run_before=steady
    )
