"""Plans and sending them, by their keys, on the demo and on letters made by hand."""

import re
from pathlib import Path

import pytest
from textual.widgets import Button

from readers.errors import SourceRefused
from readers.record import Position
from replay.deadletters.provenance import ID, OF, provenance_of
from replay.deadletters.republish.plan_file import read_plan
from tests.fakes import FakeSink, FakeSource, record_of
from tests.tui.driving import until
from tests.tui.screens.demo_app import letter_of, payments, sees, shown, source_of
from tests.tui.screens.writing_app import (
    fake_writing_app,
    ledger_of,
    letters_of,
    planned,
    records_in,
    records_of,
    sending,
    writing_app,
)
from tui.screens.ledger.screen import LedgerScreen
from tui.screens.letter.screen import LetterScreen
from tui.screens.plan.screen import PlanScreen
from tui.screens.topics import TopicsScreen
from tui.widgets.confirm import Confirm, ConfirmSend

SIZES = [(80, 24), (160, 45)]
LETTERS = "payment-events-dlt"
TARGET = "payment-events"


def failed(count: int) -> FakeSource:
    """So many payments, and a letter for each of them."""
    origins = payments(count)
    return source_of(origins, [letter_of(origin, n) for n, origin in enumerate(origins)])


def positions(count: int) -> list[Position]:
    return [Position(LETTERS, 0, n) for n in range(count)]


@pytest.mark.parametrize("size", SIZES)
async def test_a_plan_says_what_goes_where_and_what_it_does(
    own_demo: Path, size: tuple[int, int]
) -> None:
    app = writing_app(own_demo)
    async with app.run_test(size=size) as pilot:
        await planned(pilot, app, letters_of(own_demo, 3))
        await sees(pilot, app, "3 letters → payment-events", "rate 10/s", "canary 1, 5, 20, 100")
        await sees(pilot, app, "order-4516", "once each, by transactions")
        await sees(pilot, app, "0 aggregates of 3 change by it", "3 have the event already")
    assert records_of(own_demo, TARGET)[-1].headers != ()
    assert not any(provenance_of(record) for record in records_of(own_demo, TARGET))


async def test_all_that_is_planned_for_a_letter_is_beside_it(own_demo: Path) -> None:
    app = writing_app(own_demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await planned(pilot, app, letters_of(own_demo, 3))
        await sees(pilot, app, "stripped kafka_dlt-exception-fqcn", "kept eventId", f"added {ID}")
        await sees(pilot, app, "(tells of the failure")


async def test_a_plan_is_kept_in_a_file_for_the_command(own_demo: Path) -> None:
    app = writing_app(own_demo)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await planned(pilot, app, letters_of(own_demo, 3))
        assert screen.plan is not None
        assert read_plan(screen.plan.id) == screen.plan


async def test_a_plan_is_sent_and_is_in_the_topic_and_in_the_ledger(own_demo: Path) -> None:
    letters = letters_of(own_demo, 3)
    app = writing_app(own_demo)
    async with app.run_test(size=(160, 45)) as pilot:
        screen = await planned(pilot, app, letters)
        await pilot.press("c", "plus")
        await sending(pilot, app)
        await sees(pilot, app, "✓ done", "3 of 3 sent", "sent 3 letters → payment-events")
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, LedgerScreen))
        await sees(pilot, app, "3 entries", "↻ sent", "why")
    assert screen.plan is not None
    sent = [r for r in records_of(own_demo, TARGET) if dict(r.headers).get(ID)]
    assert [dict(r.headers)[OF] for r in sent] == [str(letter).encode() for letter in letters]
    assert {dict(r.headers)[ID] for r in sent} == {screen.plan.id.encode()}
    assert not any(name.startswith("kafka_dlt") for r in sent for name, _ in r.headers)
    with ledger_of(own_demo) as ledger:
        assert [entry.target for entry in ledger.entries()] == [r.position for r in sent]


async def test_what_was_sent_is_left_out_of_the_next_plan_saying_so(own_demo: Path) -> None:
    letters = letters_of(own_demo, 2)
    app = writing_app(own_demo)
    async with app.run_test(size=(160, 45)) as pilot:
        await planned(pilot, app, letters[:1])
        await pilot.press("c")
        await sending(pilot, app)
        await sees(pilot, app, "✓ done")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, TopicsScreen))
        await planned(pilot, app, letters)
        await sees(pilot, app, "1 letter → payment-events", "1 left out", "it was sent before")


async def test_read_only_says_how_to_be_allowed_and_asks_nothing(own_demo: Path) -> None:
    app = writing_app(own_demo, allow_writes=False)
    async with app.run_test(size=(160, 45)) as pilot:
        screen = await planned(pilot, app, letters_of(own_demo, 3))
        await sees(pilot, app, "start kstory with --allow-writes")
        await pilot.press("s")
        await pilot.pause()
        assert app.screen is screen


@pytest.mark.parametrize(
    "keys", [("enter", "enter", "escape"), ("escape",), ("x", "enter", "left", "enter")]
)
async def test_without_a_reason_and_the_second_button_nothing_is_sent(
    own_demo: Path, keys: tuple[str, ...]
) -> None:
    app = writing_app(own_demo)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await planned(pilot, app, letters_of(own_demo, 3))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmSend))
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await until(pilot, lambda: app.screen is screen)
        await sees(pilot, app, "Nothing was sent.")
    with ledger_of(own_demo) as ledger:
        assert list(ledger.entries()) == []


async def test_the_box_says_why_each_is_sent_once_in_this_way() -> None:
    app = fake_writing_app(failed(2))
    async with app.run_test(size=(80, 24)) as pilot:
        await planned(pilot, app, positions(2))
        await pilot.press("s")
        await sees(pilot, app, "Taken unless", "any number of machines", "why it is sent")
        await pilot.press("escape", "T")
        await sees(pilot, app, "once each, by searching the target")
        await pilot.press("s")
        await sees(pilot, app, "instead of transactions", "why it is sent")


async def test_in_production_the_topics_name_has_to_be_typed(own_demo: Path) -> None:
    app = writing_app(own_demo, production=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await planned(pilot, app, letters_of(own_demo, 1))
        await pilot.press("c", "s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmSend))
        await pilot.press(*"why", "enter")
        await sees(pilot, app, "type payment-events to send")
        await pilot.press(*"payment")
        assert app.screen.query_one("#go-on", Button).disabled
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))
        await sending(pilot, app, typed=TARGET)
        await sees(pilot, app, "✓ done")


async def test_a_letter_is_left_out_and_taken_in_again() -> None:
    source = failed(4)
    app = fake_writing_app(source)
    async with app.run_test(size=(160, 45)) as pilot:
        await planned(pilot, app, positions(4))
        await pilot.press("space", "space")
        await sees(pilot, app, "2 letters → payment-events", "2 left out by you")
        await pilot.press("home", "space", "c")
        await sees(pilot, app, "3 letters → payment-events", "all at once")
        await sending(pilot, app)
        await sees(pilot, app, "3 of 3 sent")
    told = [provenance_of(record) for record in records_in(source, TARGET)]
    assert [each.of.offset for each in told if each is not None] == [0, 2, 3]


async def test_the_rate_is_changed_before_and_sending_is_paused_stopped_and_gone_on_with() -> None:
    source = failed(40)
    app = fake_writing_app(source)
    async with app.run_test(size=(160, 45)) as pilot:
        await planned(pilot, app, positions(40))
        await pilot.press("c", "minus")
        await sees(pilot, app, "rate 5/s · all at once")
        screen = await sending(pilot, app)
        await pilot.press("space")
        await sees(pilot, app, "‖ paused")
        await pilot.press("plus", "escape")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert screen.is_sending
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("right", "enter")
        await sees(pilot, app, "■ stopped", "g goes on here", "kstory dlq republish")
        assert len(records_in(source, TARGET)) < 80
        await pilot.press("g", *["plus"] * 8)
        await sees(pilot, app, "✓ done", "40 of 40 sent")
    told = [provenance_of(record) for record in records_in(source, TARGET)]
    assert [each.seq for each in told if each is not None] == list(range(40))


async def test_a_changed_world_sends_nothing_and_offers_a_new_plan() -> None:
    source = failed(2)
    app = fake_writing_app(source)
    async with app.run_test(size=(160, 45)) as pilot:
        first = await planned(pilot, app, positions(2))
        before = first.plan
        source.add(record_of(TARGET, 0, 2, key=b"order-1"))
        await sending(pilot, app)
        await sees(pilot, app, "■ stopped", "A newer record with a planned key", "R makes")
        await pilot.press("R")
        await until(pilot, lambda: app.screen is first)
        await until(pilot, lambda: first.plan is not before)
        await sees(pilot, app, "1 newer of its key")
    assert len(records_in(source, TARGET)) == 3


async def test_a_letter_that_comes_back_stops_the_canary() -> None:
    source = failed(3)
    app = fake_writing_app(source)
    async with app.run_test(size=(160, 45)) as pilot:
        await planned(pilot, app, positions(3))
        await sending(pilot, app)
        await sees(pilot, app, "looking whether any came back")
        (again,) = [r for r in records_in(source, TARGET) if provenance_of(r)]
        source.add(again._replace(topic=LETTERS, offset=3))
        await sees(pilot, app, "1 came back to a dead-letter topic")


async def test_leaving_while_it_sends_asks_once() -> None:
    app = fake_writing_app(failed(3))
    async with app.run_test(size=(80, 24)) as pilot:
        await planned(pilot, app, positions(3))
        screen = await sending(pilot, app)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert screen.is_sending
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("right", "enter")
    assert app.return_code == 0


async def test_a_sink_that_refuses_is_said_and_can_be_gone_on_with() -> None:
    source = failed(2)
    sink = FakeSink(source)
    sink.failures.append(SourceRefused("payment-events may not be written to."))
    app = fake_writing_app(source, sink)
    async with app.run_test(size=(160, 45)) as pilot:
        await planned(pilot, app, positions(2))
        await pilot.press("c")
        await sending(pilot, app)
        await sees(pilot, app, "■ stopped", "may not be written to")
        await pilot.press("g")
        await sees(pilot, app, "✓ done", "2 of 2 sent")
    assert len(records_in(source, TARGET)) == 4


async def test_nothing_of_a_letter_reaches_the_terminal_as_control_or_markup() -> None:
    evil = record_of(
        TARGET, 0, 0, key=b"\x1b]0;x\x07[/oops]\xe2\x80\xae", headers=(("[@click=q]\x1b[2J", b"1"),)
    )
    app = fake_writing_app(source_of([evil], [letter_of(evil)]))
    async with app.run_test(size=(160, 45)) as pilot:
        await planned(pilot, app, positions(1))
        await sees(pilot, app, "␛]0;x␇[/oops]", "kept [@click=q]␛[2J")
        assert "\x1b" not in shown(app)


async def test_enter_opens_the_letter(own_demo: Path) -> None:
    app = writing_app(own_demo)
    async with app.run_test(size=(80, 24)) as pilot:
        await planned(pilot, app, letters_of(own_demo, 2))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LetterScreen))
        await sees(pilot, app, "payment-events-dlt p0 @0")


async def test_another_target_makes_another_plan(own_demo: Path) -> None:
    app = writing_app(own_demo)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await planned(pilot, app, letters_of(own_demo, 2))
        await pilot.press("o", *"order-events", "enter")
        await until(pilot, lambda: app.screen is screen)
        await sees(pilot, app, "2 letters → order-events")


async def test_a_plan_without_letters_says_why_and_is_not_sent() -> None:
    app = fake_writing_app(FakeSource(partitions=1, topics=["order-events"]))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await planned(pilot, app, [Position("gone-dlt", 0, 0)])
        await sees(pilot, app, "0 letters", "there is no record at this position")
        await pilot.press("s")
        await sees(pilot, app, "The plan has no letter to send.")


async def test_a_source_that_fails_leaves_no_plan_and_says_why() -> None:
    source = failed(1)
    app = fake_writing_app(source)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await planned(pilot, app, positions(1))
        source.failures.append(SourceRefused("The broker says no."))
        await pilot.press("R")
        await sees(pilot, app, "no plan; R tries again", "✗ The broker says no.")
        await pilot.press("R")
        await sees(pilot, app, "1 letter → payment-events")
        assert app.screen is screen


async def test_what_a_plan_was_cut_off_sending_is_not_planned_a_second_time(
    own_demo: Path,
) -> None:
    letters = letters_of(own_demo, 2)
    app = writing_app(own_demo)
    async with app.run_test(size=(160, 45)) as pilot:
        screen = await planned(pilot, app, letters)
        cut_off = screen.plan
        assert cut_off is not None
        with ledger_of(own_demo) as ledger:
            ledger.begin(cut_off.id, [1], {}, who="ann@laptop", at_ms=1)
        await pilot.press("R")
        await until(pilot, lambda: screen.plan is not cut_off)
        await sees(pilot, app, "1 letter → payment-events", "was cut off while it sent this one")
        assert screen.plan is not None
        assert [out.letter for out in screen.plan.left_out] == [letters[1]]
        with ledger_of(own_demo) as ledger:
            ledger.settle(ledger.in_flight(cut_off.id), [])
        await pilot.press("R")
        await sees(pilot, app, "2 letters → payment-events")


async def test_a_plan_that_was_cut_off_is_gone_on_with_from_the_ledger() -> None:
    source = failed(6)
    sink = FakeSink(source)
    app = fake_writing_app(source, sink)
    async with app.run_test(size=(160, 45)) as pilot:
        first = await planned(pilot, app, positions(6))
        await pilot.press("c", *["minus"] * 3)
        screen = await sending(pilot, app)
        await until(pilot, lambda: re.search("[1-5] of 6 sent", shown(app)) is not None)
        screen.stop()
        await pilot.press("L")
        await until(pilot, lambda: re.search("[1-5] entr(y|ies)", shown(app)) is not None)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))
        again = app.screen
        assert isinstance(again, PlanScreen)
        await until(pilot, lambda: again.plan is not None)
        assert first.plan is not None
        assert again.plan is not None
        assert again.plan.id == first.plan.id
        await pilot.press(*["plus"] * 9)
        await sending(pilot, app)
        await sees(pilot, app, "6 of 6 sent")
    told = [provenance_of(record) for record in records_in(source, TARGET)]
    assert [each.seq for each in told if each is not None] == list(range(6))
