"""Two states side by side as lines."""

from typing import Any

import pytest

from replay.states.diff import rows
from tui.render.diff_text import DiffLine, diff_lines, diff_text


def lines(before: Any, after: Any) -> list[DiffLine]:
    return [*diff_lines(rows(before, after))]


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ({"a": 1}, {"a": 2}, DiffLine("~", "a", "1", "2", "/a")),
        ({}, {"a": 2}, DiffLine("~", "(state)", "{}", '{"a":2}', "")),
        ({"b": 1}, {"b": 1, "a": None}, DiffLine("+", "a", "—", "null", "/a")),
        ({"b": 1, "a": 2}, {"b": 1}, DiffLine("-", "a", "2", "—", "/a")),
        (1, None, DiffLine("~", "(state)", "1", "null", "")),
    ],
)
def test_a_sign_says_what_became_of_a_place(before: Any, after: Any, line: DiffLine) -> None:
    assert lines(before, after)[-1] == line


def test_what_lies_deeper_is_indented_below_its_branch() -> None:
    told = lines({"a": {"b": 1, "c": 2, "d": 3}}, {"a": {"b": 1, "c": 9, "d": 3}})
    assert [line.place for line in told] == ["a", "  … 1 is the same", "  c", "  … 1 is the same"]


def test_an_item_that_moved_has_both_its_places() -> None:
    before = [{"sku": "a", "kind": "k", "q": 1}]
    after = [{"sku": "z", "kind": "o", "q": 1}, {"sku": "a", "kind": "k", "q": 2}]
    assert [line.place for line in lines(before, after)] == [
        "0", "0 → 1", "  … 2 are the same", "  q",
    ]  # fmt: skip


def test_equal_states_are_one_line() -> None:
    assert [line.place for line in lines({"a": 1}, {"a": 1})] == ["… 1 is the same"]


def test_columns_stand_below_each_other_whatever_is_in_them() -> None:
    text = [*diff_text(rows({"a": "日本", "name": "x"}, {"a": "y", "name": "z"}), "#1", "#2")]
    assert text == [
        '        #1      #2',
        '~ a     "日本"  "y"',
        '~ name  "x"     "z"',
    ]  # fmt: skip


def test_a_long_value_is_cut_and_says_how_long_it_is() -> None:
    (line,) = lines("", "x" * 5000)
    assert line.after.endswith("… 5,002 characters")


def test_names_and_values_cannot_act_on_a_terminal() -> None:
    (line,) = lines({"a\x1b[2J": "\x9b"}, {"a\x1b[2J": "\u202e"})
    assert (line.place, line.before, line.after) == ("a␛[2J", '"\\x9b"', '"\\u202e"')
