"""The dead letters' screen and the list of a row's letters, by their keys."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from readers.record import Span
from readers.recording import RecordingSink
from readers.source import Batch
from tests.fakes import FakeSource
from tests.tui.driving import until
from tests.tui.screens.demo_app import (
    demo_app,
    fake_app,
    letter_of,
    notices,
    payments,
    press_on_topics,
    sees,
    shown,
    source_of,
)
from tui.app import KstoryApp
from tui.screens.dead_letters.letters import LettersScreen
from tui.screens.dead_letters.screen import DeadLettersScreen
from tui.screens.letter.screen import LetterScreen
from tui.screens.story.screen import StoryScreen
from tui.screens.tail.screen import TailScreen
from tui.screens.topics import TopicsScreen
from tui.widgets.row_list import RowList

SIZES = [(80, 24), (160, 45)]
COUNTED = "295 letters · 5 kinds"


async def counted(pilot: Pilot[None], app: KstoryApp, said: str = COUNTED) -> RowList:
    """All is counted, and the sample has come whole."""
    await press_on_topics(pilot, app, "d")
    await until(pilot, lambda: isinstance(app.screen, DeadLettersScreen))
    await sees(pilot, app, said, "when it failed")
    return app.screen.query_one(RowList)


class Slow(FakeSource):
    """After a hundred batches nothing more comes."""

    def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
        yield from islice(super().read(spans), 100)
        while sum(span.width for span in spans) > 100:
            time.sleep(0.01)
            yield Batch()


async def typed(pilot: Pilot[None], app: KstoryApp, key: str, text: str) -> None:
    await pilot.press(key)
    app.screen.query_one("#line", Input).value = text
    await pilot.press("enter")


@pytest.mark.parametrize("size", SIZES)
async def test_how_many_kinds_there_are_with_a_sample_and_its_aggregate(
    demo: Path, size: tuple[int, int]
) -> None:
    app = demo_app(demo)
    async with app.run_test(size=size) as pilot:
        await counted(pilot, app)
        text = shown(app)
        for said in ("GatewayTimeoutException", "233", "spring, sure", "payment-service"):
            assert said in text
        assert 'status "PAYMENT_FAILED" when it failed' in text


async def test_the_sample_is_that_of_the_row_at_the_cursor(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await counted(pilot, app)
        await pilot.press("down", "down", "down")
        await sees(pilot, app, "IllegalStateException: ", "the newest of 12")


async def test_letters_are_counted_by_key_and_by_place_too(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await counted(pilot, app)
        await pilot.press("v")
        await sees(pilot, app, "order-4517 ", "kinds")
        await pilot.press("v")
        await sees(pilot, app, "payment-events → payment-service", "233")
        await pilot.press("v")
        await sees(pilot, app, "GatewayTimeoutException")


async def test_sorting_by_another_column_keeps_the_cursor_on_its_row(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        rows = await counted(pilot, app)
        await pilot.press("S")
        await sees(pilot, app, "last▾")
        await pilot.press("S")
        await sees(pilot, app, "first▾")
        assert rows.cursor == 3


async def test_enter_opens_the_letters_of_the_row_and_again_the_letter(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await counted(pilot, app)
        await pilot.press("enter")
        await sees(pilot, app, "233 dead letters", "order-4516", "no answer from gateway")
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, LetterScreen))
        await sees(pilot, app, "2 of 233", "order-4514, then and now")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LettersScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, DeadLettersScreen))


async def test_pages_are_read_as_they_come_into_sight(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await counted(pilot, app)
        await pilot.press("enter")
        await sees(pilot, app, "233 dead letters", "order-4516")
        await pilot.press("G")
        await sees(pilot, app, "payment-events p11 @275")


async def test_a_filter_counts_only_what_it_lets_through(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await counted(pilot, app)
        await typed(pilot, app, "slash", "key=order-4711")
        await sees(pilot, app, "1 letter · 1 kind", "only key=order-4711")
        await typed(pilot, app, "slash", "value.amount > 1e9")
        await sees(pilot, app, "0 letters · 0 kinds", "that fits: value.amount > 1e9")
        await typed(pilot, app, "slash", "")
        await sees(pilot, app, COUNTED)


async def test_a_filter_that_cannot_be_read_stays_in_its_line(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await counted(pilot, app)
        await typed(pilot, app, "slash", "value.amount >")
        await until(pilot, lambda: "not valid CEL" in notices(app))
        assert not app.screen.query_one("#line").has_class("hidden")


async def test_a_range_of_time_counts_the_letters_in_it(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await counted(pilot, app)
        await typed(pilot, app, "t", "11:44..11:50")
        await sees(pilot, app, "12 letters · 1 kind", "IllegalStateException")
        await typed(pilot, app, "t", "11:50..11:44")
        await until(pilot, lambda: "ends before it begins" in notices(app))


async def test_letters_of_one_origin_are_one_that_says_how_often() -> None:
    first, second = payments(2)
    letters = [letter_of(first, n) for n in range(3)]
    app = fake_app(source_of([first, second], letters, [letter_of(second, 3)]))
    async with app.run_test(size=(160, 45)) as pilot:
        await counted(pilot, app, "4 letters · 2 origins · 1 kind")
        await pilot.press("enter")
        await sees(pilot, app, "2 dead letters", " ×3 ", "p0 @3 ")


async def test_the_origin_and_the_story_of_the_sample_are_a_key_away(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await counted(pilot, app)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, TailScreen))
        await sees(pilot, app, "order-4730")
        await pilot.press("escape", "s")
        await until(pilot, lambda: isinstance(app.screen, StoryScreen))
        await sees(pilot, app, "state at #6")


async def test_a_plan_is_made_of_the_chosen_rows(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await counted(pilot, app)
        await pilot.press("down", "space", "space")
        await sees(pilot, app, "2 chosen")
        await pilot.press("p")
        await sees(pilot, app, "republish plan", "41 letters")


async def test_what_was_noted_of_letters_is_counted_and_listed(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await counted(pilot, app)
        await pilot.press("enter")
        await sees(pilot, app, "order-4516")
        await pilot.press("space", "space", "i", *"test", "enter")
        await sees(pilot, app, "– ignored", "2 chosen")
        await pilot.press("escape")
        await sees(pilot, app, COUNTED, "2 ignored")


async def test_letters_that_come_meanwhile_are_counted_when_asked(own_demo: Path) -> None:
    app = demo_app(own_demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await counted(pilot, app)
        sink = RecordingSink(own_demo)
        origin = payments(1)[0]
        sink.write([letter_of(origin)])
        sink.close()
        await sees(pilot, app, COUNTED, "1 new: R counts them")
        await pilot.press("R")
        await sees(pilot, app, "296 letters")


async def test_a_stopped_pass_says_how_far_it_was_and_keeps_what_it_found() -> None:
    letters = [letter_of(each, n) for n, each in enumerate(payments(300))]
    app = fake_app(Slow(letters, partitions=1, batch_size=1))
    async with app.run_test(size=(160, 45)) as pilot:
        await press_on_topics(pilot, app, "d")
        await sees(pilot, app, "searched 100 of 300, Esc stops", "GatewayTimeoutException")
        await pilot.press("escape")
        await sees(pilot, app, "stopped: searched 100 of 300", "GatewayTimeoutException")


async def test_a_source_without_dead_letters_says_so() -> None:
    app = fake_app(FakeSource(payments(), partitions=1))
    async with app.run_test(size=(80, 24)) as pilot:
        await press_on_topics(pilot, app, "d")
        await sees(pilot, app, "No topic of this source holds dead letters")


async def test_nothing_of_a_letter_reaches_the_terminal_as_a_command() -> None:
    origin = payments(1)[0]._replace(key=b"\x1b[31m[red]key[/]\x07")
    letter = letter_of(origin)
    said = b"\x1b]52;c;x\x07[bold]no[/] answer\r\n"
    headers = tuple(
        (name, said if name.endswith("message") else value) for name, value in letter.headers
    )
    app = fake_app(source_of([origin], [letter._replace(headers=headers)]))
    async with app.run_test(size=(160, 45)) as pilot:
        await press_on_topics(pilot, app, "d")
        await sees(pilot, app, "1 letter", "␛[31m[red]key[/]")
        await pilot.press("enter")
        await sees(pilot, app, "␛]52;c;x␇[bold]no[/] answer")
        await pilot.press("enter")
        await sees(pilot, app, "␛]52;c;x␇[bold]no[/] answer", "[red]key[/]")
        assert "\x1b" not in shown(app)


async def test_chosen_topics_alone_are_counted(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await press_on_topics(pilot, app)
        screen = app.screen
        assert isinstance(screen, TopicsScreen)
        app.open_dead_letters(("payment-events-dlt",))
        await sees(pilot, app, "250 letters", "payment-events-dlt")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_dead_letters_at_a_glance(
    demo: Path, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    async def steady(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, KstoryApp)
        await counted(pilot, app)
        await sees(pilot, app, "live")

    assert snap_compare(demo_app(demo), terminal_size=size, run_before=steady)


async def test_keys_in_one_burst_act_on_the_row_that_the_cursor_is_on(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(80, 24)) as pilot:
        await counted(pilot, app)
        for key in (*["down"] * 4, "enter"):
            app.post_message(Key(key, None))
        await until(pilot, lambda: isinstance(app.screen, LettersScreen))
        await sees(pilot, app, "NullPointerException")
