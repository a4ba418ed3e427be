"""The tail screen, by its keys."""

import time
from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static, Tree

from readers.errors import SourceUnreachable
from readers.profiles import SourceSpec
from readers.record import Position, Record, TopicPartition
from replay.window import RecordWindow
from tests.fakes import START_MS, FakeSource, record_of, records_of
from tui.app import KstoryApp
from tui.screens.story.screen import StoryScreen
from tui.screens.tail.screen import TailScreen
from tui.widgets.record_view import RecordView

TOPIC = "order-events"
AWKWARD = "\x1b]0;t\x07 [b]x[/] \x9b31m \u202eabc\u2028 \r\n"


def app_on(source: FakeSource) -> KstoryApp:
    return KstoryApp(lambda: source, spec=SourceSpec("demo", "demo"), clock=lambda: START_MS)


async def eventually(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 60  # a shared machine may be slow; a quick one waits no longer
    while not holds():
        assert time.monotonic() < until_s, "it did not come true"
        await pilot.pause(0.005)


async def tailed(pilot: Pilot[None], **options: Position) -> TailScreen:
    app = pilot.app
    assert isinstance(app, KstoryApp)
    app.open_tail((TOPIC,), **options)
    await eventually(pilot, lambda: isinstance(app.screen, TailScreen))
    screen = app.screen
    assert isinstance(screen, TailScreen)
    await eventually(pilot, lambda: bool(screen.query(RecordView)))
    await eventually(pilot, lambda: view(screen).row_at_cursor is not None)
    return screen


def view(screen: TailScreen) -> RecordView:
    return screen.query_one(RecordView)


def at_cursor(screen: TailScreen) -> Record:
    row = view(screen).row_at_cursor
    assert isinstance(row, Record)
    return row


def title(screen: TailScreen) -> str:
    return str(screen.query_one("#title", Static).render())


def status(screen: TailScreen) -> str:
    return str(screen.query_one("#status", Static).render())


def drawn(screen: TailScreen) -> str:
    return "\n".join(strip.text for strip in screen._compositor.render_strips())  # noqa: SLF001


async def typed(pilot: Pilot[None], key: str, text: str) -> None:
    await pilot.press(key)
    pilot.app.screen.query_one("#line", Input).value = text
    await pilot.press("enter")


async def test_it_begins_at_the_newest_and_follows() -> None:
    source = FakeSource(records_of(1_200))
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot)
        assert at_cursor(screen).offset == 399
        source.add(record_of(offset=400, timestamp_ms=START_MS + 9_999_999))
        await eventually(pilot, lambda: at_cursor(screen).offset == 400)


async def test_going_up_lets_go_of_the_end_and_nothing_jumps() -> None:
    source = FakeSource(records_of(300))
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot)
        await pilot.press("up", "up")
        before, shown = at_cursor(screen), view(screen).scroll_offset
        source.add(*(record_of(offset=100 + n) for n in range(50)))
        await eventually(pilot, lambda: len(screen._window or ()) == 350)  # noqa: SLF001
        await pilot.pause(0.1)
        assert at_cursor(screen) is before
        assert view(screen).scroll_offset == shown


async def test_a_pause_loses_nothing() -> None:
    source = FakeSource(records_of(300))
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot)
        await pilot.press("space")
        source.add(*(record_of(offset=100 + n) for n in range(7)))
        await eventually(pilot, lambda: "paused" in title(screen))
        assert at_cursor(screen).offset == 99
        await pilot.press("space")
        await eventually(pilot, lambda: at_cursor(screen).offset == 106)
        assert len(screen._window or ()) == 307  # noqa: SLF001


async def test_going_up_at_the_first_row_reads_what_lies_before() -> None:
    source = FakeSource(records_of(1_200))
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot)
        first = await _go_home(pilot, screen)
        await pilot.press("up")
        await eventually(pilot, lambda: len(screen._window or ()) == 1_000)  # noqa: SLF001
        await pilot.pause(0.1)
        assert at_cursor(screen) is first


async def _go_home(pilot: Pilot[None], screen: TailScreen) -> Record:
    await pilot.press("home")
    await pilot.pause()
    return at_cursor(screen)


async def test_a_filter_searches_back_and_says_how_far() -> None:
    source = FakeSource(records_of(3_000))
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot)
        await typed(pilot, "slash", "key=order-5")
        await eventually(pilot, lambda: "searched 3,000 of 3,000 before, 1 found" in status(screen))
        assert at_cursor(screen).key == b"order-5"
        source.add(record_of(offset=1_000, key=b"order-5"), record_of(offset=1_001, key=b"other"))
        await eventually(pilot, lambda: at_cursor(screen).offset == 1_000)


async def test_a_filter_that_cannot_be_read_stays_in_the_line() -> None:
    async with app_on(FakeSource(records_of(30))).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot)
        await typed(pilot, "slash", "amount >")
        assert not screen.query_one("#line").has_class("hidden")
        await pilot.press("escape")
        assert screen.query_one("#line").has_class("hidden")
        assert pilot.app.screen is screen


async def test_a_partition_that_does_not_exist_leaves_the_tail_as_it_was() -> None:
    async with app_on(FakeSource(records_of(30))).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot)
        await typed(pilot, "slash", "p=99")
        await eventually(pilot, lambda: "✗" in title(screen))
        assert "filter" not in title(screen)
        assert at_cursor(screen).offset == 9


async def test_a_jump_in_time_says_where_it_landed() -> None:
    source = FakeSource(records_of(3_000))
    async with app_on(source).run_test(size=(160, 30)) as pilot:
        screen = await tailed(pilot)
        await typed(pilot, "t", "2026-11-23T12:20:00.500Z")
        said = "first record there is 2026-11-23 12:20:01.000 (p1 @400)"
        await eventually(pilot, lambda: said in status(screen))
        await eventually(pilot, lambda: at_cursor(screen).offset == 400)
        assert at_cursor(screen).timestamp_ms == START_MS + 1_201_000


async def test_a_jump_behind_the_end_says_why_it_landed_elsewhere() -> None:
    async with app_on(FakeSource(records_of(300))).run_test(size=(160, 30)) as pilot:
        screen = await tailed(pilot)
        await typed(pilot, "o", "1@5,000")
        await eventually(pilot, lambda: "it ends at 100" in status(screen))


async def test_it_opens_around_a_position() -> None:
    source = FakeSource(records_of(3_000))
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot, start=Position(TOPIC, 2, 500))
        assert at_cursor(screen).position == Position(TOPIC, 2, 500)
        await pilot.press("up")
        assert at_cursor(screen).position == Position(TOPIC, 1, 500)


async def test_end_jumps_over_what_is_far_behind_and_says_so() -> None:
    source = FakeSource(records_of(300))
    async with app_on(source).run_test(size=(160, 30)) as pilot:
        screen = await tailed(pilot)
        await pilot.press("space", "up")
        late_ms = START_MS + 400_000
        source.add(*(record_of(offset=100 + n, timestamp_ms=late_ms + n) for n in range(9_000)))
        await pilot.press("G")
        await eventually(pilot, lambda: "skipped 8,500 offsets" in status(screen))
        await eventually(pilot, lambda: at_cursor(screen).offset == 9_099)
        held = TopicPartition(TOPIC, 0)
        assert screen._window is not None  # noqa: SLF001
        assert screen._window.hi[held] == 9_100  # noqa: SLF001


async def test_at_the_end_key_nothing_is_read_before_it_is_known_how_much_that_is() -> None:
    async with app_on(FakeSource(records_of(30))).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot)
        await pilot.press("space", "up")
        screen.action_end()
        screen.on_record_view_needs_later()
        assert screen._follow is None  # noqa: SLF001
        await eventually(pilot, lambda: screen._follow is not None)  # noqa: SLF001


async def test_a_full_table_holds_while_it_is_read_and_the_end_key_goes_on() -> None:
    source = FakeSource(records_of(30))
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot)
        screen._window = RecordWindow({TopicPartition(TOPIC, 0): 0}, max_rows=40)  # noqa: SLF001
        view(screen).show(screen._window, 0)  # noqa: SLF001
        screen._window.append([record_of(offset=n) for n in range(40)])  # noqa: SLF001
        source.add(*(record_of(offset=n, timestamp_ms=START_MS + 99_000) for n in range(40, 60)))
        await eventually(pilot, lambda: "holding" in title(screen))
        assert screen._window.first_index == 0  # noqa: SLF001
        await pilot.press("end")
        await eventually(pilot, lambda: at_cursor(screen).offset == 59)


async def test_the_newest_record_and_the_line_to_type_in_are_on_screen() -> None:
    source = FakeSource(records_of(300))
    async with app_on(source).run_test(size=(80, 24)) as pilot:
        screen = await tailed(pilot)
        assert "▸ 12:04:59" in drawn(screen)
        await pilot.press("slash")
        await eventually(pilot, lambda: "filter: p=3,7" in drawn(screen))


async def test_an_outage_is_said_and_it_goes_on_by_itself() -> None:
    source = FakeSource(records_of(30))
    async with app_on(source).run_test(size=(160, 30)) as pilot:
        screen = await tailed(pilot)
        await eventually(pilot, lambda: screen._follow is not None)  # noqa: SLF001
        source.failures.append(SourceUnreachable("The broker does not answer."))
        await eventually(pilot, lambda: "does not answer" in title(screen))
        source.add(record_of(offset=10, timestamp_ms=START_MS + 99_000))
        await eventually(pilot, lambda: at_cursor(screen).offset == 10)
        await eventually(pilot, lambda: "does not answer" not in title(screen))


async def test_the_detail_shows_the_value_as_a_tree_and_as_bytes() -> None:
    async with app_on(FakeSource(records_of(30))).run_test(size=(100, 40)) as pilot:
        screen = await tailed(pilot)
        await pilot.press("enter")
        await eventually(pilot, lambda: len(screen.query_one(Tree).root.children) == 3)
        assert "headers eventId e-29 · eventType OrderPaid" in drawn(screen)
        await pilot.press("x")
        await eventually(pilot, lambda: "00000000  7b 22 74 79" in drawn(screen))


async def test_a_huge_value_is_shown_by_its_beginning() -> None:
    raw = b'{"a":"' + b"x" * 20_000_000 + b'"}'
    async with app_on(FakeSource([record_of(value=raw)])).run_test(size=(100, 40)) as pilot:
        screen = await tailed(pilot)
        await pilot.press("enter")
        await eventually(pilot, lambda: "showing 256.0 kB of 20.0 MB" in drawn(screen))
        await pilot.press("plus")
        await eventually(pilot, lambda: "showing 512.0 kB of 20.0 MB" in drawn(screen))


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_nothing_from_a_record_reaches_the_screen_as_a_control(size: tuple[int, int]) -> None:
    record = record_of(
        key=AWKWARD.encode(),
        value=b'{"type":"\\u001b[2J","%s":"x"}' % b"\\u0007[b]",
        headers=((AWKWARD, AWKWARD.encode()), ("none", None), ("none", None)),
    )
    broken = record_of(offset=1, value=AWKWARD.encode())
    async with app_on(FakeSource([record, broken])).run_test(size=size) as pilot:
        screen = await tailed(pilot)
        await pilot.press("enter")
        for key in ("up", "x", "x", "down"):
            await pilot.press(key)
            await pilot.pause(0.05)
            assert all(character.isprintable() for character in drawn(screen).replace("\n", ""))


async def test_s_opens_the_story_and_the_tail_goes_on_afterwards() -> None:
    source = FakeSource(records_of(30))
    async with app_on(source).run_test(size=(100, 30)) as pilot:
        screen = await tailed(pilot)
        await pilot.press("s")
        await eventually(pilot, lambda: isinstance(pilot.app.screen, StoryScreen))
        assert screen._follow is None  # noqa: SLF001
        source.add(record_of(offset=10))
        pilot.app.pop_screen()
        await eventually(pilot, lambda: at_cursor(screen).offset == 10)


async def test_y_copies_a_harmless_value() -> None:
    async with app_on(FakeSource([record_of(value=b"a\x1b[201~")])).run_test() as pilot:
        await tailed(pilot)
        await pilot.press("y")
        assert pilot.app.clipboard == "a␛[201~"


async def test_escape_goes_back() -> None:
    async with app_on(FakeSource(records_of(30))).run_test() as pilot:
        screen = await tailed(pilot)
        await pilot.press("escape")
        await eventually(pilot, lambda: pilot.app.screen is not screen)
