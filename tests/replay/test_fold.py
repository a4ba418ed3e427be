"""Events become states, and a reducer cannot break what was kept of them."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers.decoders.payload import Payload
from replay.event_json import event_json
from replay.fold import Fold, Folding, StateError
from replay.reducers.reducer import Reducer
from replay.reducers.stepping import KEEP_AFTER_EVENTS, Checked
from tests.replay.told import event

Reduce = Callable[[Any, Any], Any]


def collect(state: Any, event: Any) -> Any:
    return [*(state or []), event["value"]]


def add(state: Any, event: Any) -> Any:
    return (state or 0) + event["value"]


def foldings(*values: Any) -> list[Folding]:
    return [Folding(event(n, n, value=value)) for n, value in enumerate(values)]


def fold_of(reduce: Reduce, *values: Any, **parts: Any) -> Fold:
    return Fold(Reducer("r", reduce, **parts), "order-1", foldings(*values))


def failing(fail: Callable[[], object]) -> Reduce:
    """A reducer that adds, and fails at the value 0."""

    def reduce(state: Any, event: Any) -> Any:
        return fail() if event["value"] == 0 else add(state, event)

    return reduce


numbers = st.lists(st.integers(-9, 9).filter(bool), max_size=60)


@settings(max_examples=50, deadline=None)
@given(numbers, st.sets(st.integers(0, 60)), st.sampled_from([0, 400, 1 << 20]))
def test_every_state_is_what_folding_by_hand_gives(
    values: list[int], left_out: set[int], budget_bytes: int
) -> None:
    events = [Folding(f.event, n in left_out) for n, f in enumerate(foldings(*values))]
    fold = Fold(Reducer("add", add), "order-1", events, budget_bytes=budget_bytes)
    state, applied = None, 0
    for n in range(len(events) + 1):
        assert (fold.state(n).value, fold.state(n).events_applied) == (state, applied)
        if n < len(events) and not events[n].left_out:
            state, applied = add(state, event_json(events[n].event)), applied + 1


@pytest.mark.parametrize("count", [*range(KEEP_AFTER_EVENTS - 1, KEEP_AFTER_EVENTS + 2), 0])
def test_states_around_a_snapshot_are_right(count: int) -> None:
    fold = fold_of(add, *[1] * count)
    assert fold.state(count).value == (count or None)
    assert len(fold) == count


def test_a_state_is_a_few_steps_from_a_snapshot() -> None:
    calls = []

    def reduce(state: Any, event: Any) -> Any:
        calls.append(event["offset"])
        return add(state, event)

    fold = fold_of(reduce, *[1] * (KEEP_AFTER_EVENTS + 100))
    calls.clear()
    assert fold.state(KEEP_AFTER_EVENTS + 50).value == KEEP_AFTER_EVENTS + 50
    assert calls[0] >= KEEP_AFTER_EVENTS  # as reducers go, it may have been kept by time too
    calls.clear()
    fold.state(KEEP_AFTER_EVENTS + 51)
    assert len(calls) == 1  # where one has been, a snapshot stays


def test_steps_back_from_where_one_went_are_short() -> None:
    calls = []

    def reduce(state: Any, event: Any) -> Any:
        calls.append(event["offset"])
        return add(state, event)

    fold = fold_of(reduce, *[1] * 1_000)
    calls.clear()
    fold.state(900)
    assert len(calls) <= 900
    for n in range(899, 850, -1):
        calls.clear()
        assert fold.state(n).value == n
        assert len(calls) <= 900 // 5


walks = st.lists(
    st.tuples(
        st.sampled_from(["go", "step", "change", "branch", "append"]),
        st.integers(0, 60),
        st.lists(st.integers(1, 9), max_size=5),
    ),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(numbers, walks, st.sampled_from([0, 300, 1 << 20]))
def test_a_walk_through_changing_events_finds_the_states_of_a_naive_fold(
    values: list[int], walk: list[tuple[str, int, list[int]]], budget_bytes: int
) -> None:
    fold = Fold(Reducer("add", add), "order-1", foldings(*values), budget_bytes=budget_bytes)
    for what, where, new in walk:
        n = min(where, len(values))
        if what == "go":
            assert fold.state(n).value == (sum(values[:n]) if n else None)
        elif what == "step" and n:
            assert fold.around(n) == (sum(values[: n - 1]) if n > 1 else None, sum(values[:n]))
        elif what in ("change", "branch", "append"):
            at = len(values) if what == "append" else n
            before, old = fold, list(values)
            values = [*values[:at], *new]
            if what == "branch":
                fold = fold.branch(at + 1, foldings(*values)[at:])
                assert before.state(len(old)).value == (sum(old) if old else None)
            else:
                fold.change(at + 1, foldings(*values)[at:])
        assert len(fold) == len(fold.told) == len(values)
        assert fold.state(len(values)).events_applied == len(values)


def replacing(state: Any, event: Any) -> Any:
    return event["value"] if event["value"] > 100 else add(state, event)


def test_a_fold_starts_at_an_event_that_carries_the_whole_state() -> None:
    calls = []

    def reduce(state: Any, event: Any) -> Any:
        calls.append(event["offset"])
        return replacing(state, event)

    fold = fold_of(reduce, *range(1, 200), replaces=lambda e: e["value"] in (101, 150))
    calls.clear()
    assert fold.state(152).value == 152
    assert calls == [149, 150, 151]
    assert [fold.replaced_at(n) for n in (100, 101, 149, 150, 199)] == [None, 101, 101, 150, 150]


@given(numbers, st.sets(st.integers(1, 60)), st.integers(0, 60))
def test_what_replaces_is_forgotten_with_its_event(values: list[int], at: set[int], n: int) -> None:
    fold = fold_of(lambda _, e: e["value"], *values, replaces=lambda e: (e["offset"] + 1) in at)
    n = min(n, len(values))
    fold.change(n + 1, [])
    kept = [each for each in at if each <= n]
    assert fold.replaced_at(len(fold)) == (max(kept) if kept else None)


@pytest.mark.parametrize("says", [lambda _: 1 // 0, lambda _: "yes", lambda _: None])
def test_a_replaces_that_fails_or_says_something_else_says_no(says: Any) -> None:
    fold = fold_of(add, 1, 2, replaces=says)
    assert (fold.replaced_at(2), fold.state(2).value) == (None, 3)


def test_an_event_that_failed_is_not_given_to_the_reducer_again() -> None:
    calls = []

    def reduce(state: Any, event: Any) -> Any:
        calls.append(event["value"])
        return failing(lambda: 1 // 0)(state, event)

    fold = fold_of(reduce, 1, 0, 5)
    calls.clear()
    fold.around(2)
    assert fold.state(2).value == 1
    assert 0 not in calls


def test_a_reducer_that_changes_its_arguments_poisons_nothing() -> None:
    def reduce(state: Any, event: Any) -> Any:
        state.append(event["value"]["x"])
        event["value"].clear()
        event.clear()
        return state

    fold = fold_of(reduce, *({"x": n} for n in range(130)), initial=lambda _: [],
                   narrate=lambda e, before, after: e["value"]["x"])  # fmt: skip
    assert [fold.state(n).value for n in (130, 1, 65, 0)] == [
        [*range(130)], [0], [*range(65)], [],
    ]  # fmt: skip
    assert fold.told == [str(n) for n in range(130)]
    assert fold.events[0].event.payload.value == {"x": 0}


def test_a_state_that_is_shown_and_changed_is_not_the_kept_one() -> None:
    fold = fold_of(collect, 1)
    fold.state(1).value.append("changed")  # type: ignore[union-attr]
    assert fold.state(1).value == [1]


def recurse() -> NoReturn:
    recurse()
    raise AssertionError


def deep() -> Any:
    state: Any = 1
    for _ in range(1000):
        state = [state]
    return state


class SilentError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def raise_silent() -> NoReturn:
    raise SilentError


@pytest.mark.parametrize(
    ("fail", "error"),
    [
        (lambda: 1 // 0, "ZeroDivisionError: integer division or modulo by zero"),
        (lambda: sys.exit(3), "SystemExit: 3"),
        (lambda: sys.exit(), "SystemExit"),
        (raise_silent, "SilentError"),
        (recurse, "RecursionError: "),
        (lambda: {1, 2}, "TypeError: Type is not JSON serializable: set"),
        (lambda: {1: 2}, "TypeError: Dict key must be str"),
        (lambda: 2**64, "TypeError: Integer exceeds 64-bit range"),
        (deep, "TypeError: Recursion limit reached"),
    ],
)
def test_what_fails_keeps_the_state_before_and_the_fold_goes_on(
    fail: Callable[[], object], error: str
) -> None:
    fold = fold_of(failing(fail), 1, 0, 5)
    assert fold.around(2) == (1, 1)
    assert (fold.state(3).value, fold.state(3).events_applied) == (6, 2)
    (told,) = fold.state(3).errors
    assert told.n == 2
    assert told.error.startswith(error)


def test_errors_are_told_from_their_event_on() -> None:
    fold = fold_of(failing(lambda: 1 // 0), 1, 0, 5)
    assert fold.state(1).errors == ()
    assert len(fold.state(2).errors) == 1


def test_an_event_that_cannot_be_decoded_is_not_folded() -> None:
    fold = Fold(Reducer("r", collect), "order-1", [Folding(event(raw=b'{"a":'))])
    (error,) = fold.state(1).errors
    assert error.error.startswith("not folded: not JSON: ")
    assert (fold.state(1).value, fold.state(1).events_applied) == (None, 0)


def test_a_value_that_is_no_json_is_not_folded() -> None:
    odd = replace(event(), payload=Payload({1, 2}, "theirs"))  # type: ignore[arg-type]
    fold = Fold(Reducer("r", collect), "order-1", [Folding(odd), *foldings(7)])
    (error,) = fold.state(2).errors
    assert (error.n, fold.state(2).value) == (1, [7])
    assert error.error.startswith("not folded: its value is no JSON: ")


def test_an_event_left_out_changes_nothing_and_is_no_error() -> None:
    fold = Fold(Reducer("r", collect), "order-1", [Folding(event(value=1), left_out=True)])
    state = fold.state(1)
    assert (state.value, state.events_applied, state.errors) == (None, 0, ())


def test_the_state_before_the_first_event_is_the_reducers() -> None:
    assert fold_of(collect, initial=lambda aggregate: {"id": aggregate}).state(0).value == {
        "id": "order-1"
    }
    assert fold_of(collect).state(0).value is None


def test_an_initial_that_raises_is_an_error_before_the_first_event() -> None:
    fold = fold_of(add, 1, initial=lambda _: 1 // 0)
    assert fold.state(0).errors == (
        StateError(0, "initial: ZeroDivisionError: integer division or modulo by zero"),
    )
    assert fold.state(1).value == 1


def test_an_initial_state_that_is_no_json_is_an_error() -> None:
    (error,) = fold_of(add, initial=lambda _: {1}).state(0).errors
    assert error.error.startswith("initial: TypeError")


def test_rules_that_a_state_breaks_are_named() -> None:
    fold = fold_of(add, 1, 5, check=lambda state: ["too much"] if (state or 0) > 3 else [])
    assert [fold.checked(n).broken for n in range(3)] == [(), (), ("too much",)]
    assert fold_of(add, 1).checked(1) == Checked()


def test_a_check_that_fails_says_so() -> None:
    fold = fold_of(add, 1, check=lambda _: 1 // 0)
    failure = "ZeroDivisionError: integer division or modulo by zero"
    assert fold.checked(1) == Checked((), failure)
    assert fold.checked(1).said == (f"the check itself failed: {failure}",)


def test_a_check_that_changes_the_state_changes_only_its_own() -> None:
    fold = fold_of(collect, 1, check=lambda state: state.append(2) or [])
    fold.checked(1)
    assert fold.state(1).value == [1]


def test_a_reducer_narrates_by_the_states_around_an_event() -> None:
    fold = fold_of(add, 1, 2, narrate=lambda e, before, after: f"{before}+{e['value']}={after}")
    assert fold.told == ["None+1=1", "1+2=3"]


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (lambda: None, None),
        (lambda: 7, "7"),
        (lambda: 1 // 0, "(the reducer's narrate failed: ZeroDivisionError: integer division"),
        (lambda: SilentError(), "(the reducer's narrate failed: RuntimeError"),
    ],
)
def test_a_narration_may_be_missing_or_fail(says: Callable[[], Any], told: str | None) -> None:
    (sentence,) = fold_of(add, 1, narrate=lambda *_: says()).told
    assert (sentence is None) if told is None else (sentence or "").startswith(told)


def test_an_event_that_raised_is_not_narrated_by_the_reducer() -> None:
    assert fold_of(failing(lambda: 1 // 0), 0, narrate=lambda *_: "told").told == [None]


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda x: st.lists(x, max_size=3)))
def test_a_state_is_any_json_value(value: Any) -> None:
    assert fold_of(lambda _state, e: e["value"]["x"], {"x": value}).state(1).value == value
    orjson.dumps(value)
