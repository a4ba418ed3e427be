"""The ledger's screen, and noting what became of letters, by their keys."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from readers.record import Position
from replay.deadletters.fate import Outcome
from replay.deadletters.ledger_entry import Entry
from tests.tui.driving import until
from tests.tui.screens.demo_app import END_MS, notices, sees, shown
from tests.tui.screens.writing_app import ledger_of, letters_of, writing_app
from tui.app import KstoryApp
from tui.screens.ledger.screen import LedgerScreen
from tui.screens.letter.screen import LetterScreen
from tui.screens.tail.screen import TailScreen
from tui.screens.topics import TopicsScreen
from tui.widgets.ask import Ask


def entries(letters: Sequence[Position]) -> list[Entry]:
    sent = [
        Entry(
            END_MS + n * 1_000, "ann@laptop", Outcome.REPUBLISHED, letter, None,
            Position("payment-events", letter.partition, 3), "0199a8c1-7c1e", n, "gateway is up",
        )
        for n, letter in enumerate(letters)
    ]  # fmt: skip
    ignored = Entry(END_MS + 50_000, "bob@desk", Outcome.IGNORED, letters[0], reason="[/] \x1b[2J")
    return [*sent, ignored]


def noted(path: Path) -> list[Position]:
    letters = letters_of(path, 3)
    with ledger_of(path) as ledger:
        ledger.note(entries(letters))
    return letters


async def opened(pilot: Pilot[None], app: KstoryApp) -> LedgerScreen:
    await until(pilot, lambda: isinstance(app.screen, TopicsScreen))
    app.open_ledger()
    await until(pilot, lambda: isinstance(app.screen, LedgerScreen))
    screen = app.screen
    assert isinstance(screen, LedgerScreen)
    return screen


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_what_was_done_is_listed_the_newest_first(
    own_demo: Path, size: tuple[int, int]
) -> None:
    noted(own_demo)
    app = writing_app(own_demo)
    async with app.run_test(size=size) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "4 entries", "12:30:50", "– ignored", "↻ sent", "gateway")
        text = shown(app)
        assert text.index("12:30:50") < text.index("12:30:02") < text.index("12:30:01")
        assert "\x1b" not in text


async def test_the_entry_at_the_cursor_is_told_in_full(own_demo: Path) -> None:
    noted(own_demo)
    app = writing_app(own_demo)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "reason [/] ␛[2J")
        await pilot.press("down")
        await sees(pilot, app, "republished  by ann@laptop", "plan 0199a8c1-7c1e, letter 3 of it")


async def test_a_filter_shows_what_holds_all_its_words(own_demo: Path) -> None:
    noted(own_demo)
    app = writing_app(own_demo)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app)
        await sees(pilot, app, "4 entries")
        await pilot.press("slash", *"ann @1", "enter")
        await sees(pilot, app, "1 of 4 entries", "letter payment-events-dlt p0 @1")
        await pilot.press("escape")
        await sees(pilot, app, "4 entries")
        assert app.screen is screen


async def test_enter_opens_the_letter_and_t_what_was_sent(own_demo: Path) -> None:
    letters = noted(own_demo)
    app = writing_app(own_demo)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app)
        await sees(pilot, app, "4 entries")
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, LetterScreen))
        await sees(pilot, app, f"@{letters[2].offset}")
        app.pop_screen()
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, TailScreen))


async def test_an_empty_ledger_says_so(own_demo: Path) -> None:
    app = writing_app(own_demo)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "nothing was done with a dead letter here yet")


async def test_letters_are_noted_as_resolved_with_the_reason_and_their_origins(
    own_demo: Path,
) -> None:
    letters = letters_of(own_demo, 2)
    app = writing_app(own_demo, allow_writes=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        app.note_fate(letters, Outcome.RESOLVED)
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press(*"refunded", "enter")
        await sees(pilot, app, "2 letters noted as resolved.", "2 entries", "✓ resolved")
    with ledger_of(own_demo) as ledger:
        found = list(ledger.entries())
    assert [(entry.letter, entry.reason) for entry in found] == [(p, "refunded") for p in letters]
    assert all(entry.origin is not None for entry in found)


async def test_only_letters_that_were_seen_to_are_opened_again(own_demo: Path) -> None:
    seen_to, other = letters_of(own_demo, 2)
    with ledger_of(own_demo) as ledger:
        ledger.note([Entry(END_MS, "ann", Outcome.IGNORED, seen_to, reason="test orders")])
    app = writing_app(own_demo, allow_writes=False)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        app.open_letter(seen_to, (seen_to, other))
        await sees(pilot, app, "– ignored")
        await pilot.press("O", *"no", "enter")
        await sees(pilot, app, "fate      open at", "“no”")
        await pilot.press("n", "O", *"no", "enter")
        await until(pilot, lambda: "0 letters noted as open." in notices(app))
    with ledger_of(own_demo) as ledger:
        assert [entry.outcome for entry in ledger.entries()] == [Outcome.IGNORED, Outcome.OPEN]


async def test_no_reason_notes_nothing(own_demo: Path) -> None:
    app = writing_app(own_demo)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app)
        app.note_fate(letters_of(own_demo, 1), Outcome.IGNORED)
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
    with ledger_of(own_demo) as ledger:
        assert list(ledger.entries()) == []


async def test_a_ledger_that_cannot_be_read_is_said(own_demo: Path) -> None:
    noted(own_demo)
    with ledger_of(own_demo) as ledger:
        path = ledger.path
    path.write_bytes(b"not a database at all, and long enough to be taken for one" * 100)
    app = writing_app(own_demo)
    async with app.run_test(size=(160, 24)) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "✗ ", "The ledger ", "move it away")
