"""Rows of a state and of two states, in any width."""

import pytest

from replay.changes import changes
from replay.states.blame import Moved, Origin
from tui.render.diff_text import DiffLine
from tui.render.panel_rows import Field, Sides, Words, fields, margin_text


def test_a_field_has_the_event_that_set_it_at_its_right_edge() -> None:
    (row,) = fields({"a": 1}, (), {"/a": Origin(7)})
    drawn = row.draw(30).plain
    assert (drawn.startswith("a  "), drawn.endswith("← #7"), len(drawn)) == (True, True, 30)
    assert row.n == 7


def test_a_branch_above_a_change_is_marked_too() -> None:
    before, after = {"a": {"b": 1}, "c": 2}, {"a": {"b": 9}, "c": 2}
    rows = fields(after, tuple(changes(before, after)), None)
    marked = [row.pointer for row in rows if isinstance(row, Field) and row.is_changed]
    assert marked == ["/a", "/a/b"]


def test_a_value_that_moved_says_by_which_event() -> None:
    assert margin_text(Origin(2, Moved(5, "/old"))) == "← #2 ⤳ #5"


@pytest.mark.parametrize("width", [1, 12, 40, 200])
def test_nothing_is_wider_than_there_is_room(width: int) -> None:
    line = DiffLine("~", "place " * 9, "before " * 9, "after " * 9, "/p")
    rows = [Sides(line), Words("word " * 90), *fields({"k" * 90: "v" * 90}, (), {})]
    assert max(row.draw(width).cell_len for row in rows) <= width


def test_what_a_record_says_is_neither_markup_nor_a_control_sequence() -> None:
    (row,) = fields({"[b]\x1b[31m": "[/]\x07"}, (), None)
    assert row.draw(80).plain.split() == ["[b]␛[31m", '"[/]\\u0007"']
