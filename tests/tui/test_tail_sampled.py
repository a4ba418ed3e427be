"""The tail screen where more arrives than it shows: it says so, and the rest can be read."""

from textual.pilot import Pilot

from readers.record import Record
from replay.window_rows import Divider
from tests.fakes import START_MS, FakeSource, record_of, records_of
from tests.tui.test_tail import app_on, at_cursor, drawn, eventually, tailed, title, typed, view
from tui.screens.tail.following import SHOWN_PER_S
from tui.screens.tail.screen import TailScreen

BURST = SHOWN_PER_S + 2_000
LATE_MS = START_MS + 900_000


def burst(count: int = BURST, *, first: int = 100) -> list[Record]:
    """So many records of partition 0, all after those that are there, none of them alike."""
    return [
        record_of(offset=first + n, key=b"order-%d" % n, timestamp_ms=LATE_MS + n)
        for n in range(count)
    ]


def full_source() -> FakeSource:
    return FakeSource(records_of(300), batch_size=2 * BURST)


async def sampled(pilot: Pilot[None], source: FakeSource) -> TailScreen:
    """The screen after more came at once than is shown of a second."""
    screen = await tailed(pilot)
    await eventually(pilot, lambda: screen._follow is not None)  # noqa: SLF001
    source.add(*burst())
    await eventually(pilot, lambda: at_cursor(screen).offset == 99 + BURST)
    return screen


async def test_it_follows_the_newest_and_says_how_many_it_passed_over() -> None:
    source = full_source()
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await sampled(pilot, source)
        await eventually(pilot, lambda: "2,000 passed over" in title(screen))
        assert len(screen._window or ()) == 300 + 1 + SHOWN_PER_S  # noqa: SLF001


async def test_a_title_with_all_of_it_fits_a_small_terminal() -> None:
    source = full_source()
    async with app_on(source).run_test(size=(80, 24)) as pilot:
        screen = await sampled(pilot, source)
        await eventually(pilot, lambda: "passed over" in drawn(screen).splitlines()[0])


async def test_up_onto_the_line_reads_what_it_stands_for() -> None:
    source = full_source()
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await sampled(pilot, source)
        first_shown = 300 + 1
        view(screen).move(first_shown)
        assert at_cursor(screen).offset == 2_100
        await pilot.press("up")
        await eventually(pilot, lambda: isinstance(view(screen).row_at_cursor, Record))
        assert at_cursor(screen).offset == 2_099
        await eventually(pilot, lambda: view(screen).cursor == 300)
        window = screen._window  # noqa: SLF001
        assert window is not None
        line = window.row(300 - 500)
        assert isinstance(line, Divider)
        assert line.passed == 1_500
        assert screen._follow is not None  # noqa: SLF001


async def test_a_page_up_does_not_jump_over_what_was_passed_over() -> None:
    source = full_source()
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await sampled(pilot, source)
        view(screen).move(305)
        await pilot.press("pageup")
        await eventually(pilot, lambda: at_cursor(screen).offset == 2_099)


async def test_with_a_filter_nothing_is_passed_over() -> None:
    source = full_source()
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot)
        await typed(pilot, "slash", "key=order-7")
        await eventually(pilot, lambda: screen._follow is not None)  # noqa: SLF001
        source.add(*burst())
        await eventually(pilot, lambda: at_cursor(screen).offset == 107)
        assert "passed over" not in title(screen)


async def test_a_pause_that_is_made_up_for_within_a_second_shows_every_record() -> None:
    source = full_source()
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot)
        await pilot.press("space")
        source.add(*burst(4_000))
        await pilot.press("space")
        await eventually(pilot, lambda: at_cursor(screen).offset == 4_099)
        assert len(screen._window or ()) == 4_300  # noqa: SLF001
        assert "passed over" not in title(screen)
