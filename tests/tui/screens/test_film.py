"""The screens on a film: all of them show what was there at its time."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from readers.config_file import Config
from readers.opening import open_source
from readers.profiles import SourceSpec
from replay.demo.catalog import INCIDENT_KEY
from replay.film import FilmClock
from replay.player import StoryClock
from replay.stream_guess import choose_stream, guess_streams
from replay.streams import Stream
from replay.transfer.picks import Picks
from tests.fakes import records_of
from tests.replay.transfer.places import recorded, whole
from tests.told_time import ToldTime
from tests.tui.driving import until
from tests.tui.screens.demo_app import sees, shown
from tui.film_app import FilmApp
from tui.render.times import UTC_ZONE
from tui.screens.topics import TopicsScreen
from tui.widgets.story_list import StoryList


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Thirty records, a second apart."""
    path = tmp_path / "source.kstory"
    recorded(path, "order-events", records_of(30), 3)
    return path


def film_app(
    path: Path,
    time: ToldTime,
    *topics: str,
    story: tuple[str, Stream] | None = None,
    keys: tuple[bytes, ...] = (),
) -> FilmApp:
    spec = SourceSpec("recording", str(path), profile="shop", allow_writes=True)
    picks = Picks(keys=keys)
    if story is not None:
        picks = Picks([story[1]], keys=[story[0].encode()], whole_story=True)
    with closing(open_source(spec)) as opened:
        selection = whole(opened, *topics, picks=picks)
    clock = FilmClock(StoryClock(time))
    return FilmApp(spec, selection, clock, config=Config({}, {}), zone=UTC_ZONE, story=story)


async def test_the_records_come_as_time_passes_and_every_screen_knows_no_others(
    source: Path,
) -> None:
    time = ToldTime()
    app = film_app(source, time, "order-events")
    async with app.run_test(size=(120, 30)) as pilot:
        await sees(pilot, app, "order-0", "▶ 1×  2026-11-23 12:00:00", "read-only")
        assert "order-1" not in shown(app)
        time.now_s += 4.2
        await sees(pilot, app, "order-4", "12:00:04")
        assert "order-5" not in shown(app)
        await pilot.press("f8")
        await sees(pilot, app, "‖ 1×", "F8 goes on")
        time.now_s += 60
        await pilot.press("f9")
        await sees(pilot, app, "order-5")
        assert "order-6" not in shown(app)
        await pilot.press("escape")
        await sees(pilot, app, "records", "size")
        assert isinstance(app.screen, TopicsScreen)
        await until(pilot, lambda: re.search(r"order-events +3 +6 ", shown(app)) is not None)
        await pilot.press("f7", "f8")
        await sees(pilot, app, "▶ 2×")
        time.now_s += 60
        await sees(pilot, app, "■ 2026-11-23 12:00:29", "30 told, the end")


async def test_a_tail_of_a_few_records_has_no_holes_and_finds_those_before(source: Path) -> None:
    time = ToldTime()
    app = film_app(source, time, "order-events", keys=(b"order-3", b"order-27"))
    async with app.run_test(size=(120, 30)) as pilot:
        await sees(pilot, app, "▶ 1×  2026-11-23 12:00:03")
        time.now_s += 60
        await sees(pilot, app, "2 told, the end", "order-3", "order-27")
        await pilot.press("escape")
        await sees(pilot, app, "order-events")
        await pilot.press("enter")
        await sees(pilot, app, "order-3", "order-27")
        assert "hold no record" not in shown(app)


async def test_a_story_grows_and_the_cursor_goes_along_unless_it_was_moved(demo: Path) -> None:
    with closing(open_source(SourceSpec("recording", str(demo)))) as opened:
        names = [topic.name for topic in opened.topics()]
    stream = choose_stream_of(names)
    time = ToldTime()
    app = film_app(demo, time, *names, story=(INCIDENT_KEY, stream))
    async with app.run_test(size=(160, 45)) as pilot:
        await sees(pilot, app, "Order created by customer", "1 event ·")
        time.now_s += 3.0
        await sees(pilot, app, "Stock reserved in warehouse", "state at #4")
        await pilot.press("up")
        await sees(pilot, app, "state at #3")
        time.now_s += 2.0
        await sees(pilot, app, "1 new event")
        assert app.screen.query_one(StoryList).cursor == 3
        await pilot.press("end")
        await sees(pilot, app, "state at #5", "PAYMENT_FAILED")


def choose_stream_of(names: list[str]) -> Stream:
    stream = choose_stream(guess_streams(names), INCIDENT_KEY)
    assert stream is not None
    return stream
