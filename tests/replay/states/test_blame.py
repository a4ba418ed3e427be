"""Blame: values keep their event in lists that grow and shrink, and under another name."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.fold import Fold, Folding
from replay.reducers import last
from replay.reducers.reducer import Reducer
from replay.states.blame import Blame, Moved, Origin
from tests.replay.told import event


def fold_of(*states: Any, first: Any = None) -> Fold:
    """A fold whose states are these, one after each event."""
    foldings = [Folding(event(n, n, raw=orjson.dumps(value))) for n, value in enumerate(states)]
    reducer = Reducer("last", last.reduce, initial=lambda _: first)
    return Fold(reducer, "order-1", foldings)


def numbers(*states: Any, first: Any = None) -> dict[str, int]:
    """Each leaf of the last state, and the number of the event that set it."""
    origins = Blame(fold_of(*states, first=first)).at(len(states))
    return {pointer: origin.n for pointer, origin in origins.items()}


def test_a_field_is_set_by_the_last_event_that_changed_it() -> None:
    assert numbers({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 2, "b": 1}) == {"/a": 2, "/b": 1}


def test_what_was_there_before_the_first_event_has_none() -> None:
    assert numbers({"a": 1, "b": 2}, first={"a": 1}) == {"/a": 0, "/b": 1}


def test_a_state_that_is_one_value_is_its_own_leaf() -> None:
    assert numbers(1, 1, 2) == {"": 3}


def test_an_empty_object_is_a_leaf_and_a_truth_value_no_number() -> None:
    assert numbers({"a": {}, "b": 1}, {"a": {}, "b": True}) == {"/a": 1, "/b": 2}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["a", "b"], ["new", "a", "b"], [2, 1, 1]),
        (["a", "b", "c"], ["b", "c"], [1, 1]),
        (["a", "b", "c"], ["a", "c", "d"], [1, 1, 2]),
        (["a", "b", "c"], ["a", "B", "c"], [1, 2, 1]),
        ([0, 0, 0], [0, 0], [1, 1]),
        (["a"], ["b", "c"], [2, 2]),
    ],
)
def test_an_item_that_only_moved_up_or_down_keeps_its_event(
    before: Any, after: Any, expected: list[int]
) -> None:
    assert [*numbers(before, after).values()] == expected


def test_a_changed_item_behind_a_new_one_is_known_by_what_it_has_in_common() -> None:
    first = {"sku": "a", "quantity": 1, "price": 5}
    second = {"sku": "z", "quantity": 1, "price": 5}
    found = numbers({"items": [first]}, {"items": [second, first | {"quantity": 2}]})
    assert {pointer for pointer, n in found.items() if n == 1} == {
        "/items/1/sku", "/items/1/price",
    }  # fmt: skip


def test_a_value_under_another_name_keeps_its_event_and_says_so() -> None:
    fold = fold_of({"customer": {"name": "Ada", "no": 7}}, {"buyer": {"name": "Ada", "no": 7}})
    assert Blame(fold).at(2) == {
        "/buyer/name": Origin(1, Moved(2, "/customer/name")),
        "/buyer/no": Origin(1, Moved(2, "/customer/no")),
    }


def test_a_value_taken_to_another_list_keeps_its_event() -> None:
    before, after = {"open": ["a", "b"], "done": []}, {"open": ["b"], "done": ["a"]}
    assert Blame(fold_of(before, after)).at(2) == {
        "/open/0": Origin(1),
        "/done/0": Origin(1, Moved(2, "/open/0")),
    }


def test_a_value_that_takes_a_nulls_place_moved_there() -> None:
    before, after = {"now": "a", "was": None}, {"now": None, "was": "a"}
    assert Blame(fold_of(before, after)).at(2)["/was"] == Origin(1, Moved(2, "/now"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": "x", "b": "x"}, {"c": "x"}),
        ({"a": "x"}, {"b": "x", "c": "x"}),
        ({"a": None}, {"b": None}),
        ({"a": True}, {"b": True}),
        ({"a": ""}, {"b": ""}),
        ({"a": "x"}, {"a": "x", "b": "x"}),
    ],
)
def test_what_could_come_from_several_places_or_tells_nothing_is_new(
    before: Any, after: Any
) -> None:
    found = Blame(fold_of(before, after)).at(2)
    assert all(origin == Origin(2) for pointer, origin in found.items() if pointer != "/a")


def test_a_part_of_what_went_is_found_in_what_came() -> None:
    before = {"old": {"street": "Elm", "zip": "1"}}
    after = {"new": {"street": "Elm", "zip": "2"}}
    assert Blame(fold_of(before, after)).at(2) == {
        "/new/street": Origin(1, Moved(2, "/old/street")),
        "/new/zip": Origin(2),
    }


writes = st.lists(st.dictionaries(st.sampled_from("abcd"), st.booleans(), max_size=3), max_size=20)


@given(writes)
def test_of_flat_states_the_last_to_set_a_name_is_blamed(given: list[dict[str, bool]]) -> None:
    """Each event writes its own number at some names, and takes others away."""
    states, expected, state = [], {}, {}
    for n, event_writes in enumerate(given, 1):
        for name, stays in event_writes.items():
            state = {other: value for other, value in state.items() if other != name}
            expected.pop(f"/{name}", None)
            if stays:
                state[name] = f"by {n} at {name}"
                expected[f"/{name}"] = n
        states.append(state)
    assert {p: n for p, n in numbers(*states).items() if p} == expected


def test_long_stories_are_blamed_the_same_from_wherever_one_comes() -> None:
    states = [{"n": n, "tens": n // 10, "hundreds": n // 100} for n in range(1, 1001)]
    blame = Blame(fold_of(*states))
    for n in (1000, 137, 138, 999, 500, 1, 0, 1000):
        found = {pointer: origin.n for pointer, origin in blame.at(n).items()}
        value = states[n - 1]
        assert found == ({"": 0} if n == 0 else {
            "/n": n,
            "/tens": max(1, value["tens"] * 10),
            "/hundreds": max(1, value["hundreds"] * 100),
        })  # fmt: skip


def test_events_that_become_others_are_blamed_anew() -> None:
    fold = fold_of({"a": 1}, {"a": 2}, {"a": 3})
    blame = Blame(fold)
    assert blame.at(3)["/a"].n == 3
    fold.change(3, [Folding(event(2, 2, value={"a": 2}))])
    blame.forget_from(3)
    assert blame.at(3)["/a"].n == 2


def test_the_deepest_state_that_can_be_decoded_is_blamed() -> None:
    deep: Any = 1
    for _ in range(199):
        deep = {"x": deep}
    (found,) = Blame(fold_of(deep, {"y": deep})).at(2).values()
    assert found == Origin(1, Moved(2, "/x" * 199))


def test_points_are_given_up_within_a_budget_and_blame_is_as_it_was() -> None:
    fold = fold_of(*({str(n % 7): n} for n in range(2_000)))
    blame = Blame(fold, budget_bytes=1_000)
    steps = [*blame.steps_to(2_000)]
    assert 0 < blame.size_bytes <= 1_000
    assert len(steps) >= 2_000 // 128  # whoever waits can still be told, and stop it
    for n in (2_000, 1_000, 1_999):
        assert blame.at(n) == Blame(fold).at(n)
