"""Mending a letter, by its keys and by an editor."""

import base64
import sys
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from readers.errors import UsageError
from readers.record import Position
from tests.fakes import record_of
from tests.tui.driving import until
from tests.tui.screens.demo_app import letter_of, payments, sees, source_of
from tests.tui.screens.writing_app import (
    fake_writing_app,
    ledger_of,
    letters_of,
    records_of,
    writing_app,
)
from tui.app import KstoryApp
from tui.screens.mend.screen import MendScreen
from tui.screens.mend.text import can_be_shown, wrapped
from tui.screens.mend.work import edited, editor_of
from tui.screens.plan.screen import PlanScreen
from tui.screens.topics import TopicsScreen
from tui.widgets.confirm import Confirm

LETTERS = "payment-events-dlt"


async def mending(pilot: Pilot[None], app: KstoryApp, letter: Position) -> TextArea:
    await until(pilot, lambda: isinstance(app.screen, TopicsScreen))
    app.mend(letter)
    await until(pilot, lambda: isinstance(app.screen, MendScreen) and app.screen.is_mounted)
    await until(pilot, lambda: bool(app.screen.query(TextArea)))
    area = app.screen.query_one(TextArea)
    await until(pilot, lambda: "value:" in area.text or "e edits it" in area.text)
    return area


def replaced(area: TextArea, old: str, new: str) -> None:
    """What typing over a part of the text does."""
    assert old in area.text
    area.text = area.text.replace(old, new)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_an_edit_is_shown_as_a_diff_and_kept_in_the_ledger(
    own_demo: Path, size: tuple[int, int]
) -> None:
    (letter,) = letters_of(own_demo, 1)
    before = records_of(own_demo, LETTERS)
    app = writing_app(own_demo)
    async with app.run_test(size=size, notifications=True) as pilot:
        area = await mending(pilot, app, letter)
        assert not area.read_only
        replaced(area, '"currency":"USD"', '"currency":"EUR"')
        await sees(pilot, app, "changed and not kept yet", 'currency "USD" → "EUR"')
        await pilot.press("ctrl+s")
        await sees(pilot, app, "Kept for the plan.")
    with ledger_of(own_demo) as ledger:
        mended = ledger.mended(letter)
    assert mended is not None
    assert mended.value == (before[0].value or b"").replace(b"USD", b"EUR")
    assert records_of(own_demo, LETTERS) == before


async def test_what_is_no_json_any_more_is_refused_with_the_reason_and_can_be_put_right(
    own_demo: Path,
) -> None:
    (letter,) = letters_of(own_demo, 1)
    app = writing_app(own_demo)
    async with app.run_test(size=(160, 45), notifications=True) as pilot:
        area = await mending(pilot, app, letter)
        replaced(area, '"currency":"USD"', '"currency":USD')
        await sees(pilot, app, "✗ This cannot be sent: The value was JSON and is none any more")
        await pilot.press("ctrl+s")
        await sees(pilot, app, "Not kept: The value was JSON")
        assert isinstance(app.screen, MendScreen)
        replaced(area, '"currency":USD', '"currency":"EUR"')
        await sees(pilot, app, "changed and not kept yet")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TopicsScreen))
    with ledger_of(own_demo) as ledger:
        assert ledger.mended(letter) is not None


async def test_a_mended_letter_is_sent_as_it_was_mended_and_can_be_taken_back(
    own_demo: Path,
) -> None:
    (letter,) = letters_of(own_demo, 1)
    app = writing_app(own_demo)
    async with app.run_test(size=(160, 45)) as pilot:
        area = await mending(pilot, app, letter)
        replaced(area, '"currency":"USD"', '"currency":"EUR"')
        await sees(pilot, app, "changed and not kept yet")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(app.screen, TopicsScreen))
        app.open_plan([letter])
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))
        await sees(pilot, app, "✎ mended", "as it was mended", "kstory-replay-edited")
        app.mend(letter)
        await sees(pilot, app, "mended before: the next plan sends this")
        await pilot.press("escape", "x")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("right", "enter")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))
        await sees(pilot, app, "partition as recorded · key and value byte for byte")
    with ledger_of(own_demo) as ledger:
        assert ledger.mended(letter) is None


async def test_a_pointer_is_edited_as_what_it_points_to() -> None:
    original = payments(1)[0]
    points = {
        "topic": original.topic,
        "partition": str(original.partition),
        "offset": str(original.offset),
        "group": "shipping",
    }
    headers = tuple((f"__dlq.errors.{name}", text.encode()) for name, text in points.items())
    pointer = record_of(LETTERS, 0, 0, key=None, value=None, headers=headers)
    app = fake_writing_app(source_of([original], [pointer]))
    async with app.run_test(size=(160, 45)) as pilot:
        area = await mending(pilot, app, pointer.position)
        assert (original.value or b"").decode() in area.text


async def test_a_value_that_hops_wrapped_is_unwrapped_and_kept_so() -> None:
    origin = payments(1)[0]
    value = origin.value or b""
    letter = letter_of(origin)._replace(value=b'"%s"' % base64.b64encode(value))
    app = fake_writing_app(source_of([origin], [letter]))
    async with app.run_test(size=(160, 45), notifications=True) as pilot:
        area = await mending(pilot, app, letter.position)
        await sees(pilot, app, "as it lies in its topic")
        await pilot.press("escape", "u")
        await until(pilot, lambda: area.text.endswith(f"value:\n{value.decode()}"))
        await sees(pilot, app, "changed and not kept yet")
        await pilot.press("u")
        await sees(pilot, app, "The value is not wrapped.")
        await pilot.press("s")
        await sees(pilot, app, "Kept for the plan.")


async def test_leaving_with_a_change_asks_once(own_demo: Path) -> None:
    (letter,) = letters_of(own_demo, 1)
    app = writing_app(own_demo)
    async with app.run_test(size=(80, 24)) as pilot:
        area = await mending(pilot, app, letter)
        await pilot.press("space")
        await sees(pilot, app, "changed and not kept yet")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MendScreen))
        await pilot.press("x", "escape")
        await until(pilot, lambda: isinstance(app.screen, TopicsScreen))
        assert area.text


async def test_control_characters_are_not_put_into_the_text_area() -> None:
    origin = record_of("payment-events", 0, 0, value=b'{"note":"\xc2\x9b2J\xe2\x80\xaeabc"}')
    app = fake_writing_app(source_of([origin], [letter_of(origin)]))
    async with app.run_test(size=(80, 24)) as pilot:
        area = await mending(pilot, app, Position(LETTERS, 0, 0))
        assert "control characters" in area.text
        assert area.read_only


async def test_a_letter_that_is_gone_is_said(own_demo: Path) -> None:
    app = writing_app(own_demo)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, TopicsScreen))
        app.mend(Position(LETTERS, 0, 9_999))
        await sees(pilot, app, "Nothing lies at payment-events-dlt:0@9999 any more")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, TopicsScreen))


def test_the_editor_is_visual_then_editor() -> None:
    assert editor_of({"VISUAL": "code -w", "EDITOR": "vi"}) == "code -w"
    assert editor_of({"EDITOR": "vi"}) == "vi"
    assert editor_of({"EDITOR": ""}) is None


def test_what_the_editor_saved_is_the_text(tmp_path: Path) -> None:
    script = tmp_path / "editor with space.py"
    script.write_text("import sys; p = sys.argv[-1]; t = open(p).read(); open(p, 'w').write(t * 2)")
    assert edited("ä\n", f'{sys.executable} "{script}" -w') == "ä\nä\n"


def test_an_editor_that_changes_nothing_changes_no_line_end() -> None:
    assert edited("a\r\nb\nc\rd", "true") == "a\r\nb\nc\rd"


def test_the_editor_gets_no_file_of_a_format_that_it_would_check(tmp_path: Path) -> None:
    script = tmp_path / "named.py"
    script.write_text("import sys; p = sys.argv[-1]; open(p, 'w').write(p)")
    assert edited("", f"{sys.executable} {script}").endswith(".txt")


@pytest.mark.parametrize("editor", ["false", "/no/such/editor", '"unbalanced'])
def test_an_editor_that_fails_is_said(editor: str) -> None:
    with pytest.raises(UsageError, match="set EDITOR to another"):
        edited("text", editor)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("key: 1\n\tx\n", True), ("a\x1b[2J", False), ("a\u202eb", False), ("x" * 300_000, False)],
)
def test_a_text_area_gets_only_what_it_can_draw(text: str, shown: bool) -> None:
    assert can_be_shown(text) is shown


def test_a_long_line_is_wrapped_and_set_in() -> None:
    assert wrapped("-abcdefghij", 6) == ["-abcde", "  fghi", "  j"]
