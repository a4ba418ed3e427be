from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.events import Key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import DataTable, Static

from readers.config_file import Config, Table
from readers.errors import SourceUnreachable
from readers.profiles import SourceSpec
from readers.source import ConnectionState
from tests.fakes import START_MS, FakeSource, record_of, records_of
from tests.replay.deadletters.test_detection import CONNECT
from tests.tui.driving import screen_lines, until
from tui.app import KstoryApp
from tui.screens.help import HelpScreen
from tui.screens.story.screen import StoryScreen
from tui.screens.tail.screen import TailScreen
from tui.screens.topics import TopicsListed, TopicsScreen

SPEC = SourceSpec("kafka", "fake:9092", profile="prod", production=True)


def source_of_topics() -> FakeSource:
    names = ("order-events", "order-events-dlt", "payment-events", "inventory-events")
    source = FakeSource([record for name in names for record in records_of(9, topic=name)])
    source.add(record_of("__consumer_offsets"))
    source.infos["__consumer_offsets"]["internal"] = True
    source.infos["payment-events"]["size_bytes"] = 1_200_000
    return source


@asynccontextmanager
async def topics_of(
    source: FakeSource, size: tuple[int, int] = (100, 24)
) -> AsyncIterator[tuple[KstoryApp, Pilot[None], TopicsScreen]]:
    app = KstoryApp(lambda: source, spec=SPEC, clock=lambda: START_MS + 60_000)
    async with app.run_test(size=size) as pilot:
        screen = app.screen
        assert isinstance(screen, TopicsScreen)
        await until(pilot, lambda: has_listed(screen))
        yield app, pilot, screen


def has_listed(screen: Screen[None]) -> bool:
    """Whether the table, which comes behind the first frame, shows what there is."""
    return all(not table.loading for table in screen.query(DataTable)) and bool(
        screen.query(DataTable)
    )


async def press(app: KstoryApp, pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.pause(0)


def names_shown(app: KstoryApp) -> list[str]:
    table = app.screen.query_one(DataTable)
    return [str(table.get_cell_at((row, 1))) for row in range(table.row_count)]  # type: ignore[arg-type]


async def test_topics_are_listed_without_internal_ones() -> None:
    async with topics_of(source_of_topics()) as (app, pilot, _):
        names = names_shown(app)
        await until(pilot, lambda: any("▣  order-events-dlt" in each for each in screen_lines(app)))
        lines = "\n".join(screen_lines(app))
    assert names == ["inventory-events", "order-events", "order-events-dlt", "payment-events"]
    assert "1.2 MB" in lines
    assert "dead letters" in lines


async def test_internal_topics_are_shown_when_asked_for() -> None:
    async with topics_of(source_of_topics()) as (app, pilot, _):
        await press(app, pilot, "i")
        await until(pilot, lambda: "__consumer_offsets" in names_shown(app))


async def test_a_typed_part_of_a_name_filters_and_escape_takes_it_away() -> None:
    async with topics_of(source_of_topics()) as (app, pilot, _):
        await press(app, pilot, "slash", *"order", "enter")
        await until(pilot, lambda: names_shown(app) == ["order-events", "order-events-dlt"])
        await press(app, pilot, "escape")
        await until(pilot, lambda: len(names_shown(app)) == 4)


async def test_a_topic_is_marked_by_the_letters_in_it_whatever_it_is_called(monkeypatch) -> None:
    opened: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        KstoryApp, "open_dead_letters", lambda self, topics=(): opened.append(topics)
    )
    source = source_of_topics()
    source.add(*(record_of("a-sink", offset=n, headers=CONNECT) for n in range(9)))
    async with topics_of(source) as (app, pilot, _):
        await until(pilot, lambda: any("▣  a-sink" in line for line in screen_lines(app)))
        await press(app, pilot, "space", "d")
        await until(pilot, lambda: bool(opened))
    assert opened == [("a-sink",)]


async def test_a_configured_topic_is_marked_and_an_ambiguous_name_is_not() -> None:
    table = Table(Path("kstory.toml"), "dead_letters", {"topics": ["parked"]}, may_run=True)
    source = FakeSource([record_of("parked"), record_of("error.report.daily")])
    config = Config({}, {}, dead_letters=table)
    app = KstoryApp(lambda: source, spec=SPEC, config=config, clock=lambda: START_MS + 60_000)
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: any("▣  parked" in line for line in screen_lines(app)))
        assert not any("▣  error" in line for line in screen_lines(app))


async def test_enter_tails_the_topic_under_the_cursor() -> None:
    async with topics_of(source_of_topics()) as (app, pilot, _):
        await press(app, pilot, "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, TailScreen))


async def test_several_chosen_topics_are_tailed_at_once(monkeypatch) -> None:
    opened: list[tuple[str, ...]] = []
    monkeypatch.setattr(KstoryApp, "open_tail", lambda self, topics, **_: opened.append(topics))
    async with topics_of(source_of_topics()) as (app, pilot, _):
        await press(app, pilot, "space", "x", "enter")
        await until(pilot, lambda: bool(opened))
    assert opened == [("inventory-events", "order-events")]


async def test_a_key_that_is_typed_opens_its_story() -> None:
    async with topics_of(source_of_topics()) as (app, pilot, _):
        await press(app, pilot, "s", *"order-1", "enter")
        await until(pilot, lambda: isinstance(app.screen, StoryScreen))


async def test_a_new_topic_moves_no_cursor_off_its_topic() -> None:
    source = source_of_topics()
    async with topics_of(source) as (app, pilot, screen):
        table = screen.query_one(DataTable)
        await press(app, pilot, "down")
        await until(pilot, lambda: table.cursor_row == 1)
        source.add(record_of("a-new-topic"))
        screen.on_topics_listed(TopicsListed(source.topics(), at_s=1_000_000.0))
        assert len(names_shown(app)) == 5
        assert names_shown(app)[table.cursor_row] == "order-events"


async def test_the_rate_is_what_came_in_between_two_refreshes() -> None:
    source = source_of_topics()
    async with topics_of(source) as (app, pilot, screen):
        screen.on_topics_listed(TopicsListed(source.topics(), at_s=1_000_000.0))
        source.add(*(record_of("order-events", 0, 3 + n) for n in range(30)))
        screen.on_topics_listed(TopicsListed(source.topics(), at_s=1_000_002.0))
        await until(pilot, lambda: any("15/s       ▁█" in line for line in screen_lines(app)))


async def test_a_source_that_does_not_answer_is_said() -> None:
    source = source_of_topics()
    source.failures.append(SourceUnreachable("no answer from fake:9092"))
    async with topics_of(source) as (_, _, screen):
        title = str(screen.query_one("#title", Static).content)
    assert "no answer from fake:9092" in title


async def test_the_status_line_tells_source_permission_connection_and_zone() -> None:
    source = source_of_topics()
    async with topics_of(source) as (app, pilot, _):
        await until(pilot, lambda: "live" in screen_lines(app)[-2])
        live = screen_lines(app)[-2]
        source.state = ConnectionState.GONE
        await press(app, pilot, "z")
        await until(pilot, lambda: "local" in screen_lines(app)[-2])
        gone = screen_lines(app)[-2]
    for word in ("fake:9092", "prod", "PRODUCTION", "read-only", "live", "UTC"):
        assert word in live
    assert "retrying" in gone


async def test_the_help_names_the_screens_keys() -> None:
    async with topics_of(source_of_topics(), (100, 40)) as (app, pilot, _):
        await press(app, pilot, "question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await pilot.pause(0)
        lines = "\n".join(screen_lines(app))
        await press(app, pilot, "escape")
        await until(pilot, lambda: isinstance(app.screen, TopicsScreen))
    assert "Show topics whose name holds a text" in lines


async def test_a_terminal_that_is_too_small_says_so_and_nothing_is_lost() -> None:
    async with topics_of(source_of_topics()) as (app, pilot, screen):
        await pilot.resize_terminal(30, 8)
        await until(pilot, lambda: any("Too small" in line for line in screen_lines(app)))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: app.screen is screen)
        assert len(names_shown(app)) == 4
