"""Reducers in the story screen: loaded anew, wrong ones, and what they leave to be said."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from readers.config_file import read_config
from readers.profiles import SourceSpec
from tests.fakes import START_MS, record_of
from tests.tui.driving import until
from tests.tui.screens.demo_app import notices, sees, shown
from tests.tui.screens.test_story import app_on, shop
from tests.tui.screens.told_story import Driven, cursor, story_of, typed
from tui.app import KstoryApp

REDUCER = "def reduce(state, event):\n    return {%r: (state or {}).get(%r, 0) + 1}\n"


@asynccontextmanager
async def told_by(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Driven]:
    """An app at the shop's story, folded by the reducer that is in `mine.py`."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file, own = tmp_path / "mine.py", tmp_path / "kstory" / "kstory.toml"
    file.write_text(text)
    own.parent.mkdir()
    own.write_text(
        f"[streams.s]\ntopics = ['order-events', 'payment-events']\nreducer = '{file}'\n"
    )
    spec = SourceSpec("kafka", "127.0.0.1:9092")
    app = KstoryApp(shop, spec=spec, config=read_config(tmp_path), target="order-1")
    async with app.run_test(size=(160, 45)) as pilot:
        await sees(pilot, app, "state at #6")
        yield pilot, app


async def test_a_reducer_that_is_saved_folds_anew_and_the_cursor_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.py"
    async with told_by(REDUCER % ("seen", "seen"), tmp_path, monkeypatch) as (pilot, app):
        await sees(pilot, app, "seen", "state at #6")
        await pilot.press("home", "right")
        await sees(pilot, app, "state at #2")
        file.write_text(REDUCER % ("counted", "counted"))
        await sees(pilot, app, "counted", "state at #2")
        file.write_text("def reduce(")
        await until(pilot, lambda: "✗" in notices(app))
        assert "counted" in shown(app)


async def test_the_reducer_that_was_named_folds_and_is_loaded_anew(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(REDUCER % ("seen", "seen"))
    spec = SourceSpec("kafka", "127.0.0.1:9092")
    app = KstoryApp(shop, spec=spec, target="order-1", reducer=str(file))
    async with app.run_test(size=(160, 45)) as pilot:
        await sees(pilot, app, "seen", "state at #6")
        file.write_text(REDUCER % ("counted", "counted"))
        await sees(pilot, app, "counted", "state at #6")


WRONG = """
def reduce(state, event):
    if event["type"] == "ItemAdded":
        raise ValueError("no items")
    return (state or 0) + 1
def check(state):
    return ["few"] if state < 3 else 1 // (state - 4)
"""


async def test_events_that_were_not_folded_and_a_check_that_fails_are_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with told_by(WRONG, tmp_path, monkeypatch) as (pilot, app):
        await sees(pilot, app, "lower bound, but after an error at #2", "? check failed: TypeError")
        await sees(pilot, app, "✗ not folded: ValueError: no items", "✗ breaks: few")
        await sees(pilot, app, "2 events could not be folded")
        await pilot.press("home", "n")
        assert cursor(app) == 2
        await pilot.press("left")
        await sees(pilot, app, "state at #1  lower bound · ")


async def test_where_nothing_could_be_asked_it_says_so(demo: Path) -> None:
    async with story_of(demo) as (pilot, app):
        await pilot.press("B", *typed("state.paid - 1 == 2"), "enter")
        await until(pilot, lambda: "could not be evaluated on 11 of 11 states" in notices(app))
        await pilot.press("P", *typed("state.paid - 1 == 2"), "enter", "home", "space")
        await until(pilot, lambda: "Where to stop could not be evaluated" in notices(app))


async def test_events_of_one_time_say_that_something_else_told_their_order() -> None:
    source = shop()
    source.add(
        record_of(
            "payment-events", 0, 2, key=b"order-1", value=b"{}", timestamp_ms=START_MS + 400_000
        )
    )
    app = app_on(source)
    async with app.run_test(size=(160, 45)) as pilot:
        await sees(pilot, app, "state at #7", "= tie")
        assert shown(app).count("= tie") == 1
