"""One dead letter, by the keys of its screen."""

import base64
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from textual.pilot import Pilot

from readers.record import Header, Position, Record
from replay.demo.letters import Failure, letter_headers
from tests.fakes import START_MS, FakeSource
from tests.tui.driving import until
from tests.tui.screens.demo_app import (
    TIMEOUT,
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
from tui.screens.letter.screen import LetterScreen
from tui.screens.story.screen import StoryScreen
from tui.screens.tail.screen import TailScreen

FIRST = Position("payment-events-dlt", 0, 0)
LETTERS = [Position("payment-events-dlt", 0, offset) for offset in range(3)]


def failed(count: int = 3) -> FakeSource:
    records = payments(count)
    return source_of(records, [letter_of(each, n) for n, each in enumerate(records)])


def wrapped(value: bytes, times: int) -> bytes:
    for _ in range(times):
        value = orjson.dumps(base64.b64encode(value).decode())
    return value


async def opened(
    pilot: Pilot[None], app: KstoryApp, letter: Position = FIRST, *texts: str
) -> LetterScreen:
    await press_on_topics(pilot, app)
    app.open_letter(letter)
    await until(pilot, lambda: isinstance(app.screen, LetterScreen))
    await sees(pilot, app, *(texts or ("then and now",)))
    assert isinstance(app.screen, LetterScreen)
    return app.screen


async def test_a_letter_stands_beside_its_original_and_its_aggregate(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await opened(pilot, app)
        await sees(
            pilot,
            app,
            "● spring, sure",
            "payment-events p0 @214",
            "= value as in the letter",
            "4 frames of ours, 18 of frameworks",
            "PaymentClient.charge",
            "◂ failed here",
            "this letter",
            '"PAYMENT_FAILED"',
            '"CANCELLED"',
        )


async def test_in_a_narrow_window_tab_goes_through_the_panes(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, FIRST, "maxAttempts 4", "status")
        for texts in (("4 frames of ours",), ("= value as in",), ("then and now",), ("orderId",)):
            await pilot.press("tab")
            await sees(pilot, app, *texts)
        await pilot.press("shift+tab")
        await sees(pilot, app, "then and now")


async def test_frames_of_frameworks_are_folded_until_asked_for(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(220, 60)) as pilot:
        await opened(pilot, app)
        assert "… 12 framework frames" in shown(app)
        await pilot.press("f")
        await sees(pilot, app, "Container$ListenerConsumer.decorateException(")
        assert "framework frames" not in shown(app)


async def test_n_goes_through_the_letters_of_the_list() -> None:
    app = fake_app(failed())
    async with app.run_test(size=(160, 45)) as pilot:
        await press_on_topics(pilot, app)
        app.open_letter(LETTERS[1], LETTERS, 1)
        await sees(pilot, app, "2 of 3", "order-1, then and now")
        await pilot.press("n")
        await sees(pilot, app, "3 of 3", "order-2, then and now")
        await pilot.press("n")
        assert "last letter" in notices(app)
        await pilot.press("N", "N")
        await sees(pilot, app, "1 of 3", "order-0, then and now")


async def test_the_original_is_opened_in_its_topic(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await opened(pilot, app)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, TailScreen))
        await sees(pilot, app, "▸", "order-4516")


async def test_the_story_is_opened_at_the_event_that_failed_and_leads_back(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await opened(pilot, app)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, StoryScreen))
        await sees(pilot, app, "state at #5")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, LetterScreen))
        await sees(pilot, app, "payment-events-dlt p0 @0")


async def test_the_value_is_shown_as_text_as_bytes_and_with_all_headers(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(200, 160)) as pilot:
        await opened(pilot, app)
        await pilot.press("x")
        await sees(pilot, app, "value, raw text", '{"orderId":"order-4516"')
        await pilot.press("x")
        await sees(pilot, app, "value, bytes", "7b 22 6f 72 64 65 72")
        await pilot.press("h")
        await sees(pilot, app, "kafka_dlt-original-offset  214 (a number of 8 bytes)")
        await pilot.press("h")
        await sees(pilot, app, "maxAttempts 4")


async def test_known_headers_are_read_by_their_codec_and_no_java_object_is_opened() -> None:
    letter = letter_of(payments(1)[0])
    headers: tuple[Header, ...] = (
        ("retry_topic-original-timestamp", bytes.fromhex("01a207126584")),
        ("springDeserializerExceptionValue", bytes.fromhex("aced000573720012") + b"x" * 2_000),
        ("app-bytes", bytes.fromhex("01a207126584")),
    )
    app = fake_app(source_of([letter._replace(headers=(*letter.headers, *headers))]))
    async with app.run_test(size=(200, 160)) as pilot:
        await opened(pilot, app, FIRST, "cause")
        await pilot.press("h")
        await sees(pilot, app, "retry_topic-original-timestamp  1795414975876 (a number of 6 bytes")
        await sees(pilot, app, "Value  Java-serialized, not opened (2,008 bytes)")
        await sees(pilot, app, "app-bytes  hex:01a207126584")


async def test_a_value_that_hops_wrapped_is_unwrapped() -> None:
    origin = payments(1)[0]
    letter = letter_of(origin)._replace(value=wrapped(origin.value or b"", 2))
    app = fake_app(source_of([origin], [letter]))
    async with app.run_test(size=(160, 45)) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "≠ value is not the letter's")
        await pilot.press("u")
        await sees(pilot, app, "unwrapped 2×", 'orderId "order-0"')
        await pilot.press("u")
        await sees(pilot, app, "─ value ─")


async def test_a_value_that_is_not_wrapped_is_left_as_it_is(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await opened(pilot, app)
        await pilot.press("u")
        assert "not wrapped" in notices(app)


async def test_where_the_original_is_gone_it_says_why() -> None:
    source = failed()
    source.starts[Position("payment-events", 0, 0).topic_partition] = 2
    app = fake_app(source)
    async with app.run_test(size=(160, 45)) as pilot:
        await opened(pilot, app, FIRST, "It cannot be shown: Retention removed")


async def test_where_the_letter_is_gone_it_says_so() -> None:
    app = fake_app(failed())
    async with app.run_test(size=(160, 45)) as pilot:
        gone = Position("payment-events-dlt", 0, 77)
        await opened(pilot, app, gone, "There is no record at payment-events-dlt p0 @77")
        await pilot.press("o", "s", "f", "u", "x", "h", "escape")


async def test_every_hop_of_a_letter_is_told() -> None:
    origin = payments(1)[0]
    first = letter_of(origin)
    again = first._replace(
        topic="payment-events-dlt-dlt",
        headers=(*first.headers, *own_headers(first, "dlt-service")),
    )
    app = fake_app(source_of([origin], [first], [again]))
    async with app.run_test(size=(160, 45)) as pilot:
        await opened(pilot, app, again.position, "2 hops", "dlt-service")
        await sees(pilot, app, "  1 payment-events p0 @0", "  2 payment-events-dlt p0 @0")


def own_headers(record: Record, group: str) -> tuple[tuple[str, bytes | None], ...]:
    """Only those that Spring adds."""
    failure = Failure(group, TIMEOUT.exception, "again", TIMEOUT.frames)
    return letter_headers(record._replace(headers=(), timestamp_ms=START_MS), failure)


async def test_plans_edits_and_notes_are_a_key_away(demo: Path) -> None:
    app = demo_app(demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await opened(pilot, app)
        for key, said in (
            ("p", "republish plan"),
            ("e", "mend payment-events-dlt"),
            ("L", "ledger"),
        ):
            await pilot.press(key)
            await sees(pilot, app, said)
            while not isinstance(app.screen, LetterScreen):  # what is under way is stopped first
                await pilot.press("escape")
        await pilot.press("r", *"refunded", "enter")
        await sees(pilot, app, "✓ resolved", "“refunded”")


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_letter_at_a_glance(
    demo: Path, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    async def steady(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, KstoryApp)
        await opened(pilot, app, FIRST, "maxAttempts 4", "when it failed", "live")

    assert snap_compare(demo_app(demo), terminal_size=size, run_before=steady)
