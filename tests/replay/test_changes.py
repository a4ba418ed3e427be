"""What changed between two values, by JSON pointers."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.changes import ABSENT, Change, changes

scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "a/b~c"])
names = st.sampled_from(["", "a", "b", "a/b", "~", "~1", "0"])
values = st.recursive(
    scalars, lambda x: st.lists(x, max_size=3) | st.dictionaries(names, x, max_size=3)
)


def applied(value: Any, found: list[Change]) -> Any:
    """The value with the changes made, removals from the end so that places stay where they are."""
    root = {"": copy.deepcopy(value)}
    removed = [change for change in found if change.after is ABSENT]
    for change in [c for c in found if c.after is not ABSENT] + removed[::-1]:
        *above, last = ["", *(part.replace("~1", "/").replace("~0", "~")
                              for part in change.pointer.split("/")[1:])]  # fmt: skip
        into: Any = root
        for name in above:
            into = into[int(name) if isinstance(into, list) else name]
        set_at(into, last, change.after)
    return root[""]


def set_at(into: Any, name: str, after: Any) -> None:
    place: Any = int(name) if isinstance(into, list) else name
    if after is ABSENT:
        del into[place]
    elif isinstance(into, list) and place == len(into):
        into.append(after)
    else:
        into[place] = after


def typed(value: Any) -> Any:
    """The value with its truth values told from numbers."""
    match value:
        case dict():
            return {name: typed(member) for name, member in value.items()}
        case list():
            return [typed(member) for member in value]
        case _:
            return (type(value).__name__, value)


@given(values, values)
def test_the_changes_made_to_the_value_before_give_the_one_after(before: Any, after: Any) -> None:
    assert typed(applied(before, list(changes(before, after)))) == typed(after)


@given(values)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert list(changes(value, copy.deepcopy(value))) == []


@given(values, values)
def test_each_change_tells_what_was_there(before: Any, after: Any) -> None:
    for change in changes(before, after):
        assert change.before is not ABSENT or change.after is not ABSENT
        assert typed(change.before) != typed(change.after)


def test_names_are_escaped_as_rfc_6901_says() -> None:
    found = list(changes({"a/b": 1, "m~n": 1, "~1": 1}, {"a/b": 2, "m~n": 2, "~1": 2}))
    assert [change.pointer for change in found] == ["/a~1b", "/m~0n", "/~01"]


def test_only_the_deepest_place_is_told() -> None:
    before, after = {"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 3}]}}
    assert list(changes(before, after)) == [Change("/a/b/1/c", 2, 3)]


def test_what_comes_and_goes_is_absent_and_not_null() -> None:
    assert list(changes({"a": None}, {"b": None})) == [
        Change("/a", None, ABSENT),
        Change("/b", ABSENT, None),
    ]


@pytest.mark.parametrize(("before", "after"), [(True, 1), (0, False), ([1], [True])])
def test_truth_values_are_no_numbers(before: Any, after: Any) -> None:
    assert len(list(changes(before, after))) == 1


def test_numbers_are_compared_by_value() -> None:
    assert list(changes({"a": 1}, {"a": 1.0})) == []


def test_a_value_of_another_kind_is_one_change() -> None:
    assert list(changes({"a": {}}, {"a": []})) == [Change("/a", {}, [])]
    assert list(changes(None, {"a": 1})) == [Change("", None, {"a": 1})]
