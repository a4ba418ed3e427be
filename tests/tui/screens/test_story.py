"""The story screen, by its keys."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from readers.profiles import SourceSpec
from readers.record import Record, Span
from readers.source import Batch, Notice, NoticeKind
from readers.wanted import Wanted
from tests.fakes import START_MS, FakeSource, record_of
from tests.tui.driving import screen_lines, until
from tui.app import KstoryApp
from tui.screens.story.screen import StoryScreen
from tui.screens.tail.screen import TailScreen
from tui.screens.topics import TopicsScreen
from tui.widgets.state_panel import StatePanel
from tui.widgets.story_list import StoryList

SIZES = [(80, 24), (160, 45)]


def _event(
    topic: str, offset: int, kind: str, after_s: float, value: bytes, event_id: str
) -> Record:
    return record_of(
        topic, 0, offset, key=b"order-1", value=value, timestamp_ms=START_MS + int(after_s * 1000),
        headers=(("eventType", kind.encode()), ("eventId", event_id.encode())),
    )  # fmt: skip


def shop(kind: type[FakeSource] = FakeSource) -> FakeSource:
    added = b'{"sku":"sku-%d","quantity":2,"unitPrice":25.0}'
    return kind(
        [
            _event("order-events", 0, "OrderCreated", 0, b'{"customerId":"c-17"}', "a"),
            _event("order-events", 1, "ItemAdded", 1, added % 1, "b"),
            _event("order-events", 2, "ItemAdded", 2, added % 2, "c"),
            _event("payment-events", 0, "PaymentFailed", 3, b'{"reason":"timeout"}', "d"),
            _event("payment-events", 1, "PaymentFailed", 3.5, b'{"reason":"timeout"}', "d"),
            _event("order-events", 3, "OrderCancelled", 400, b'{"reason":"no payment"}', "e"),
        ],
        partitions=1,
    )


def app_on(source: FakeSource, target: str | None = "order-1") -> KstoryApp:
    spec = SourceSpec("kafka", "127.0.0.1:9092", profile="prod", production=True)
    for topic in ("order-events", "payment-events"):
        source.infos[topic]["compacted"] = False
    return KstoryApp(lambda: source, spec=spec, target=target, clock=lambda: START_MS + 500_000)


def shown(app: KstoryApp) -> str:
    return "\n".join(screen_lines(app))


async def told(pilot: Pilot[None], app: KstoryApp) -> StoryList:
    await until(pilot, lambda: isinstance(app.screen, StoryScreen))
    await until(pilot, lambda: "complete" in shown(app) and "state at #6" in shown(app))
    return app.screen.query_one(StoryList)


@pytest.mark.parametrize("size", SIZES)
async def test_a_story_shows_sentences_marks_and_the_state(size: tuple[int, int]) -> None:
    app = app_on(shop())
    async with app.run_test(size=size) as pilot:
        await told(pilot, app)
        await until(pilot, lambda: '"CANCELLED"' in shown(app))  # the panel has got its height
        text = shown(app)
        assert "Item added: sku-1, 2 × 25.00" in text
        assert ("⟲ dup" in text, "⋯ gap" in text, "PRODUCTION" in text) == (True, True, True)


async def test_stepping_back_shows_the_state_before_and_what_changed() -> None:
    app = app_on(shop())
    async with app.run_test(size=(160, 45)) as pilot:
        events = await told(pilot, app)
        await pilot.press("up", "up", "up")
        await until(pilot, lambda: "state at #3" in shown(app))
        assert events.cursor == 3
        await until(pilot, lambda: "100.0" in shown(app))
        await pilot.press("home")
        await until(pilot, lambda: "state at #1" in shown(app))


async def test_brackets_go_to_the_next_event_that_stands_out_and_back() -> None:
    app = app_on(shop())
    async with app.run_test(size=(160, 45)) as pilot:
        events = await told(pilot, app)
        await pilot.press("home", "right_square_bracket")
        assert events.cursor == 5
        await pilot.press("right_square_bracket")
        assert events.cursor == 6
        await pilot.press("left_square_bracket")
        assert events.cursor == 5


async def test_enter_opens_the_record_in_its_topic_and_escape_comes_back() -> None:
    app = app_on(shop())
    async with app.run_test(size=(160, 45)) as pilot:
        await told(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TailScreen) and "▸" in shown(app))
        await until(pilot, lambda: "OrderCancelled" in shown(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, StoryScreen))


async def test_a_key_is_asked_for_and_its_story_opened() -> None:
    app = app_on(shop(), target=None)
    async with app.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, TopicsScreen))
        await pilot.press("s", *"order-1", "enter")
        await told(pilot, app)


async def test_nothing_found_says_what_was_read() -> None:
    app = app_on(shop(), target="order-9")
    async with app.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: "Nothing was found of order-9 in" in shown(app))


async def test_asking_again_finds_what_came_since() -> None:
    source = shop()
    app = app_on(source)
    async with app.run_test(size=(160, 45)) as pilot:
        await told(pilot, app)
        source.add(_event("order-events", 4, "OrderUpdated", 401, b'{"status":"X"}', "f"))
        await pilot.press("R")
        await until(pilot, lambda: "7 events" in shown(app))


async def test_a_folders_reducer_is_not_run_on_screen_before_it_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from readers.config_file import read_config

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    (tmp_path / "kstory.toml").write_text(
        '[streams.s]\ntopics = ["order-events"]\nreducer = "evil.py"\n'
    )
    spec = SourceSpec("kafka", "127.0.0.1:9092")
    app = KstoryApp(shop, spec=spec, config=read_config(tmp_path), target="order-1")
    async with app.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: "✗ failed" in shown(app))
        panel = app.screen.query_one(StatePanel).query_one(Static)
        assert "kstory trust" in str(panel.content)
    assert not (tmp_path / "ran").exists()


async def test_the_zone_is_changed_and_said() -> None:
    app = app_on(shop())
    async with app.run_test(size=(160, 45)) as pilot:
        await told(pilot, app)
        await pilot.press("z")
        await until(pilot, lambda: "local" in shown(app))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_story_at_a_glance(size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    async def steady(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, KstoryApp)
        await told(pilot, app)
        await until(pilot, lambda: "live" in shown(app))

    assert snap_compare(app_on(shop()), terminal_size=size, run_before=steady)


async def test_that_a_search_is_slower_than_usual_is_said_while_the_story_stands() -> None:
    class Slower(FakeSource):
        def scan(self, wanted: Wanted, spans: Sequence[Span]) -> Iterator[Batch]:
            yield Batch(notices=(Notice(NoticeKind.SLOWER, "order-events", 0, "It is slower."),))
            for batch in self.read(spans):
                yield Batch(tuple(filter(wanted.holds, batch.records)), batch.reached)

    app = app_on(shop(Slower))
    async with app.run_test(size=(160, 45)) as pilot:
        await told(pilot, app)
        await until(pilot, lambda: shown(app).count("It is slower.") == 1)
