"""An app that may write, and what its tests look at behind the screen."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.record import Position, Record
from readers.source import Source
from replay.deadletters.ledger import Ledger
from tests.fakes import FakeSink, FakeSource
from tests.tui.driving import until
from tests.tui.screens.demo_app import END_MS
from tui.app import KstoryApp
from tui.republishing import open_ledger_of
from tui.screens.plan.screen import PlanScreen
from tui.screens.sending.screen import SendingScreen
from tui.screens.topics import TopicsScreen
from tui.widgets.confirm import ConfirmSend


def writing_app(path: Path, *, production: bool = False, allow_writes: bool = True) -> KstoryApp:
    spec = SourceSpec(
        "recording", str(path), profile="demo", allow_writes=allow_writes, production=production
    )
    return KstoryApp(lambda: open_source(spec), spec=spec, clock=lambda: END_MS + 60_000)


def fake_writing_app(source: FakeSource, sink: FakeSink | None = None) -> KstoryApp:
    spec = SourceSpec("kafka", "127.0.0.1:9092", allow_writes=True)
    into = sink or FakeSink(source)
    return KstoryApp(lambda: source, spec=spec, open_sink=lambda: into)


def records_in(source: Source, topic: str) -> list[Record]:
    spans = [span for info in source.topics([topic]) for span in info.spans]
    return [record for batch in source.read(spans) for record in batch.records]


def records_of(path: Path, topic: str) -> list[Record]:
    with closing(open_source(SourceSpec("recording", str(path)))) as source:
        return records_in(source, topic)


def letters_of(path: Path, count: int) -> list[Position]:
    return [record.position for record in records_of(path, "payment-events-dlt")[:count]]


@contextmanager
def ledger_of(path: Path) -> Iterator[Ledger]:
    with (
        closing(open_source(SourceSpec("recording", str(path)))) as source,
        closing(open_ledger_of(source)) as ledger,
    ):
        yield ledger


async def planned(pilot: Pilot[None], app: KstoryApp, letters: list[Position]) -> PlanScreen:
    """A plan for these letters is on screen."""
    await until(pilot, lambda: isinstance(app.screen, TopicsScreen))
    app.open_plan(letters)
    await until(pilot, lambda: isinstance(app.screen, PlanScreen))
    screen = app.screen
    assert isinstance(screen, PlanScreen)
    await until(pilot, lambda: screen.plan is not None)
    return screen


async def sending(pilot: Pilot[None], app: KstoryApp, *, typed: str = "") -> SendingScreen:
    """Press what sends the plan on screen."""
    await pilot.press("s")
    await until(pilot, lambda: isinstance(app.screen, ConfirmSend))
    await pilot.press(*"why", "enter")
    if typed:
        await until(pilot, lambda: app.focused is app.screen.query_one("#typed", Input))
        await pilot.press(*typed, "enter")
    await until(pilot, lambda: getattr(app.focused, "id", None) == "go-on")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, SendingScreen))
    screen = app.screen
    assert isinstance(screen, SendingScreen)
    return screen
