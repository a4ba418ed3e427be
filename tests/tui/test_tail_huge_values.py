"""Values of 50 MB on the tail screen: only what is shown of them is worked on."""

import pytest
from textual.widgets import Tree

from readers.record import Header
from tests.fakes import FakeSource, record_of
from tests.huge import Huge
from tests.tui.test_tail import app_on, drawn, eventually, tailed
from tui.render.tail_row import BIG_BYTES
from tui.render.text_head import STEP_LINES
from tui.widgets.lines_view import LinesView
from tui.widgets.record_detail import TREE_BYTES

JSON_TEXT = b'{"type":"OrderImported","lines":[' + b'{"sku":"SKU-1"},' * 3_000_000 + b"0]}"
ONE_LINE = b"x" * 50_000_000
MANY_LINES = b"ab\n" * 1_000_000
TYPED: tuple[Header, ...] = (("eventType", b"OrderImported"),)


@pytest.mark.parametrize("value", [JSON_TEXT, ONE_LINE, MANY_LINES])
async def test_neither_its_line_nor_its_detail_works_on_all_of_it(value: bytes) -> None:
    source = FakeSource([record_of(value=Huge(value), headers=TYPED)])
    async with app_on(source).run_test(size=(120, 40)) as pilot:
        screen = await tailed(pilot)
        await eventually(pilot, lambda: "not decoded here" in drawn(screen))
        assert "OrderImported" in drawn(screen)
        await pilot.press("enter")
        await eventually(pilot, lambda: "+ shows more" in drawn(screen))
        await pilot.press("plus", "x")
        await eventually(pilot, lambda: "00000000  " in drawn(screen))
        await pilot.press("y")
        await eventually(pilot, lambda: pilot.app.clipboard != "")


async def test_of_a_million_lines_only_the_first_are_made() -> None:
    source = FakeSource([record_of(value=MANY_LINES)])
    async with app_on(source).run_test(size=(120, 40)) as pilot:
        screen = await tailed(pilot)
        await pilot.press("enter")
        await eventually(pilot, lambda: "showing 15.0 kB of 3.0 MB" in drawn(screen))
        assert screen.query_one(LinesView).virtual_size.height == STEP_LINES


async def test_a_value_between_both_limits_is_decoded_for_the_detail_alone() -> None:
    decoded = b'{"lines":[' + b"1," * (BIG_BYTES // 2) + b"0]}"
    assert BIG_BYTES < len(decoded) < TREE_BYTES
    async with app_on(FakeSource([record_of(value=decoded)])).run_test(size=(120, 40)) as pilot:
        screen = await tailed(pilot)
        await eventually(pilot, lambda: "not decoded here" in drawn(screen))
        await pilot.press("enter")
        await eventually(pilot, lambda: len(screen.query_one(Tree).root.children) == 1)
