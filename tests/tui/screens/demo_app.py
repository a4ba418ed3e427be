"""An app on the demo, or on letters made by hand, at a fixed time."""

from collections.abc import Iterable
from pathlib import Path

from textual.pilot import Pilot

from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.record import Record
from replay.demo.letters import Failure, letter_headers
from tests.fakes import START_MS, FakeSource, record_of
from tests.tui.driving import screen_lines, until
from tui.app import KstoryApp
from tui.screens.topics import TopicsScreen

END_MS = 1_795_437_000_000
"""2026-11-23 12:30:00 UTC."""
TIMEOUT = Failure(
    group="payment-service",
    exception="com.shop.payment.GatewayTimeoutException",
    message="no answer in 2000 ms",
    frames=("com.shop.payment.PaymentClient.charge(PaymentClient.java:88)",),
)


def demo_app(path: Path, *, target: str | None = None) -> KstoryApp:
    spec = SourceSpec("recording", str(path), profile="demo")
    return KstoryApp(
        lambda: open_source(spec), spec=spec, target=target, clock=lambda: END_MS + 60_000
    )


def fake_app(source: FakeSource, *, target: str | None = None) -> KstoryApp:
    spec = SourceSpec("kafka", "127.0.0.1:9092")
    return KstoryApp(lambda: source, spec=spec, target=target, clock=lambda: START_MS + 60_000)


def letter_of(origin: Record, offset: int = 0, failure: Failure = TIMEOUT) -> Record:
    """The letter that Spring writes when a record fails."""
    return origin._replace(
        topic=f"{origin.topic}-dlt",
        offset=offset,
        timestamp_ms=(origin.timestamp_ms or START_MS) + 3_000,
        headers=letter_headers(origin, failure),
    )


def payments(count: int = 3) -> list[Record]:
    return [
        record_of(
            "payment-events", 0, n, key=b"order-%d" % n, value=b'{"orderId":"order-%d"}' % n,
            timestamp_ms=START_MS + n * 1000,
        )
        for n in range(count)
    ]  # fmt: skip


def source_of(*groups: Iterable[Record], batch_size: int = 500) -> FakeSource:
    source = FakeSource(
        [record for group in groups for record in group], partitions=1, batch_size=batch_size
    )
    for topic in ("payment-events", "payment-events-dlt"):
        source.infos[topic]["compacted"] = False
    return source


def shown(app: KstoryApp) -> str:
    return "\n".join(screen_lines(app))


def notices(app: KstoryApp) -> str:
    """What the person was told for some seconds."""
    return "\n".join(notice.message for notice in app._notifications)  # noqa: SLF001


async def sees(pilot: Pilot[None], app: KstoryApp, *texts: str) -> None:
    """Wait until all of these are on screen."""
    try:
        await until(pilot, lambda: all(text in shown(app) for text in texts))
    except TimeoutError:
        missing = [text for text in texts if text not in shown(app)]
        raise AssertionError(f"not on screen: {missing}\n{shown(app)}") from None


async def press_on_topics(pilot: Pilot[None], app: KstoryApp, *keys: str) -> None:
    """Press keys once the topics are there."""
    await until(pilot, lambda: isinstance(app.screen, TopicsScreen))
    await sees(pilot, app, "-events")
    await pilot.press(*keys)
