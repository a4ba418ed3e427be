"""What the screens look like: fixed records, a fixed clock, a fixed size."""

from collections.abc import Awaitable, Callable

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import DataTable

from readers.profiles import SourceSpec
from tests.fakes import START_MS, FakeSource, record_of
from tests.tui.driving import until
from tui.app import KstoryApp
from tui.render.times import UTC_ZONE
from tui.screens.tail.screen import TailScreen
from tui.widgets.record_view import RecordView

Compare = Callable[..., bool]
_PAID = b'{"orderId":"order-%d","amount":%d.5,"currency":"USD","items":["sku-1","sku-9"]}'


@pytest.fixture(autouse=True)
def _stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a busy machine takes for a picture, no rate is measured meanwhile."""
    monkeypatch.setattr("tui.screens.topics._REFRESH_S", 3_600.0)


def shop() -> FakeSource:
    source = FakeSource(partitions=12)
    for n in range(9):
        source.add(
            record_of(
                partition=n % 3,
                offset=128_440 + n // 3,
                key=b"order-%d" % (4711 + n % 4),
                value=_PAID % (4711 + n % 4, 100 + n),
                timestamp_ms=START_MS + n * 1_120,
                headers=(("eventId", b"7f3a-%d" % n), ("eventType", b"OrderPaid"), ("trace", None)),
            )
        )
    source.add(
        record_of(offset=128_447, value=b'{"orderId', timestamp_ms=START_MS + 12_000),
        record_of(partition=1, offset=128_443, value=None, timestamp_ms=START_MS + 13_000),
        record_of(
            partition=2,
            offset=128_443,
            key="order-\u202e4711\x1b[31m".encode(),
            value=b"[red]not[/] a \x1b]52;c;x\x07 command",
            timestamp_ms=START_MS + 14_000,
        ),
        record_of("order-events-dlt", value=b"{}", timestamp_ms=START_MS),
        record_of("payment-events", value=b"{}", timestamp_ms=START_MS),
    )
    source.infos["order-events"]["size_bytes"] = 1_200_000
    return source


def app_on(source: FakeSource, theme: str = "textual-dark") -> KstoryApp:
    spec = SourceSpec("kafka", "127.0.0.1:9092", profile="prod", production=True)
    app = KstoryApp(lambda: source, spec=spec, zone=UTC_ZONE, clock=lambda: START_MS + 60_000)
    app.theme = theme
    return app


async def listed(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: any(t.row_count for t in pilot.app.screen.query(DataTable)))
    await status_drawn(pilot)


async def status_drawn(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, KstoryApp)
    await until(pilot, lambda: app.session.connection().text is not None)
    app.draw_status()
    await pilot.pause()


def tailed(*keys: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    async def run(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, KstoryApp)
        await listed(pilot)
        app.open_tail(("order-events",))
        await until(pilot, lambda: isinstance(app.screen, TailScreen))
        await until(pilot, lambda: bool(app.screen.query(RecordView)))
        view = app.screen.query_one(RecordView)
        await until(pilot, lambda: view.row_at_cursor is not None)
        for key in keys:
            app.post_message(Key(key, None))
            await pilot.pause()
        await pilot.pause(0.3)  # the title is drawn four times a second
        await status_drawn(pilot)

    return run


@pytest.mark.parametrize("size", [(80, 24), (140, 30)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_topics_at_a_glance(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app_on(shop()), terminal_size=size, run_before=listed)


@pytest.mark.parametrize("size", [(80, 24), (140, 30)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_tail_with_all_of_one_record(snap_compare: Compare, size: tuple[int, int]) -> None:
    run = tailed("up", "up", "up", "up", "enter")
    assert snap_compare(app_on(shop()), terminal_size=size, run_before=run)


def test_a_tail_on_a_light_theme(snap_compare: Compare) -> None:
    app = app_on(shop(), "textual-light")
    assert snap_compare(app, terminal_size=(110, 24), run_before=tailed("up", "enter", "x"))
