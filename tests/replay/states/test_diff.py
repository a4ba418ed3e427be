"""What differs between two states, side by side: the same is folded, items find each other."""

from typing import Any

from replay.changes import Absent
from replay.states.diff import Differing, Unchanged, patch, rows


def told(before: Any, after: Any) -> list[Any]:
    """The rows as plain values: places and values, or how many are the same."""
    found: list[Any] = []
    for row in rows(before, after):
        if isinstance(row, Unchanged):
            found.append((row.depth, row.count))
        elif row.is_branch:
            found.append((row.depth, row.after.pointer))
        else:
            sides = (row.before, row.after)
            found.append((row.depth, *(None if gone(s.value) else s.value for s in sides)))
    return found


def gone(value: Any) -> bool:
    return isinstance(value, Absent)


def test_what_is_the_same_is_folded_around_what_is_not() -> None:
    before, after = {"a": 1, "b": 2, "c": 3, "d": 4}, {"a": 1, "b": 2, "c": 9, "d": 4}
    assert told(before, after) == [(0, 2), (0, 3, 9), (0, 1)]


def test_equal_states_are_one_row() -> None:
    assert told({"a": [1]}, {"a": [1.0]}) == [(0, 1)]


def test_an_item_put_first_leaves_the_others_the_same() -> None:
    before, after = {"x": [{"s": "a"}, {"s": "b"}]}, {"x": [{"s": "n"}, {"s": "a"}, {"s": "b"}]}
    assert told(before, after) == [(0, "/x"), (1, None, {"s": "n"}), (1, 2)]
    assert patch(before, after) == [{"op": "add", "path": "/x/0", "value": {"s": "n"}}]


def test_an_item_that_moved_and_changed_shows_both_its_places() -> None:
    before = [{"sku": "a", "kind": "k", "q": 1}]
    after = [{"sku": "z", "kind": "o", "q": 1}, {"sku": "a", "kind": "k", "q": 2}]
    changed = [row for row in rows(before, after) if isinstance(row, Differing)][-1]
    assert (changed.before.pointer, changed.after.pointer) == ("/0/q", "/1/q")


def test_what_went_follows_what_is_there() -> None:
    assert told({"a": 1, "b": None}, {"c": 2}) == [(0, None, 2), (0, 1, None), (0, None, None)]


def test_values_of_two_kinds_are_one_row() -> None:
    assert told({"a": {"b": 1}}, {"a": [1]}) == [(0, {"b": 1}, [1])]
    assert told(None, {"a": 1}) == [(0, None, {"a": 1})]


def test_names_are_shown_as_they_are() -> None:
    (row,) = rows({"a/b~c": 1}, {"a/b~c": 2})
    assert isinstance(row, Differing)
    assert (row.after.pointer, row.after.name) == ("/a~1b~0c", "a/b~c")


def test_a_long_list_that_all_changed_is_compared_in_no_time() -> None:
    before, after = [*range(3000)], [*range(5000, 9000)]
    assert len(told(before, after)) == 4000
