"""Bisect: which event it was, and which way it was found."""

from pathlib import Path
from typing import Any

import pytest

from readers.errors import UsageError
from replay.breakpoints import next_stop
from replay.fold import Fold, Folding
from replay.reducers.loading import load_reducer
from replay.reducers.reducer import Reducer
from replay.reducers.stepping import Checked, Runner
from replay.state_condition import StateCondition
from replay.states.bisect import Found, How, WhenBroken, WhenTrue, first_after
from replay.states.watch import watched
from replay.story import Story, tell
from tests.replay.told import STREAM, event


def add(state: Any, event: Any) -> Any:
    return (state or 0) + event["value"]


def story_of(*values: int, reducer: Runner | None = None) -> Story:
    """Each event adds its value to the state."""
    events = [event(n, n, value=value, type=f"T{n}") for n, value in enumerate(values)]
    rules = Reducer("add", add, check=lambda state: ["too much"] if (state or 0) > 3 else [])
    return tell(
        [events],
        aggregate="order-1",
        stream=STREAM,
        topics=("order-events",),
        reducer=reducer or rules,
        missing=None,
    )


def found(story: Story, text: str, **options: bool) -> Found | None:
    return first_after(story.fold, WhenTrue(story, StateCondition(text)), **options)


LONG = story_of(*[1] * 6000)
BACK_AND_FORTH = story_of(*[1, -1] * 3000, 1)


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("state > 2", 3),
        ("state >= 2 && n > 3", 4),
        ('event.type == "T1"', 2),
        ("event.value == 1 && event.offset > 1", 3),
        ("state == null", 0),
        ('aggregate == "order-1"', 0),
    ],
)
def test_the_first_event_after_which_it_holds(text: str, n: int) -> None:
    assert found(story_of(1, 1, 1, 1), text) == Found(n, How.FOLD)


@pytest.mark.parametrize("text", ["state > 9", "state.missing == 1", "event.value == 7"])
def test_what_never_holds_is_not_found(text: str) -> None:
    assert found(story_of(1, 1), text) is None


def test_a_long_story_is_halved_and_says_so() -> None:
    assert found(LONG, "state >= 4321") == Found(4321, How.HALVING)
    assert found(LONG, "state >= 4321", linear=True) == Found(4321, How.FOLD)


@pytest.mark.parametrize("text", ["state == 4321 || n == 7", "event.offset == 6"])
def test_what_asks_for_the_point_itself_is_never_halved(text: str) -> None:
    assert found(LONG, text) == Found(7, How.FOLD)


def test_what_does_not_hold_at_the_end_is_looked_for_one_by_one() -> None:
    assert found(LONG, "state == 17") == Found(17, How.FOLD)
    assert found(LONG, "state == 6001") is None


def test_halving_finds_an_event_before_which_it_does_not_hold() -> None:
    answer = found(BACK_AND_FORTH, "state == 1")
    assert answer is not None
    assert answer.how is How.HALVING
    before, after = BACK_AND_FORTH.fold.around(answer.n)
    assert (before, after) == (0, 1)


def test_the_first_event_that_breaks_a_rule() -> None:
    fold = story_of(1, 1, 1, 1, 1).fold
    assert first_after(fold, WhenBroken(fold, "too much")) == Found(4, How.FOLD)
    assert first_after(fold, WhenBroken(fold)) == Found(4, How.FOLD)
    assert first_after(fold, WhenBroken(fold, "another")) is None


@pytest.fixture
def elsewhere(tmp_path: Path) -> Runner:
    """The same reducer in a process of its own."""
    path = tmp_path / "added.py"
    path.write_text(
        "def reduce(state, event):\n    return (state or 0) + event['value']\n"
        "def check(state):\n    return ['too much'] if (state or 0) > 300 else []\n"
    )
    return load_reducer(str(path))


def test_a_reducer_elsewhere_answers_between_the_states(elsewhere: Runner) -> None:
    story = story_of(*[1] * 700, reducer=elsewhere)
    assert first_after(story.fold, WhenBroken(story.fold)) == Found(301, How.FOLD)
    assert story.fold.checked(300) == Checked()
    assert next_stop(story, 0, StateCondition("state == 200")) == 200
    assert story.fold.state(700).value == 700


def test_a_breakpoint_stops_behind_the_point_and_again_where_it_goes_on_holding() -> None:
    story = story_of(1, 1, 1, 1)
    condition = StateCondition("state >= 2")
    assert [next_stop(story, n, condition) for n in range(5)] == [2, 2, 3, 4, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("state.", "not valid CEL: at character"),
        ("1 == 1", "asks nothing of the state"),
        ("stat.a == 1", "names 'stat', which no state has; it may name state, aggregate, n, event"),
    ],
)
def test_what_is_no_condition_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        StateCondition(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("state - 1.5 == 1", "No such overload: "),
        ("state", "it is neither true nor false, but a value"),
        ('state.startsWith("a")', "startsWith() cannot take what it is given"),
    ],
)
def test_what_can_be_said_of_no_state_is_no_answer(text: str, why: str) -> None:
    question = WhenTrue(story := story_of(1, 2, 3), StateCondition(text))
    assert first_after(story.fold, question) is None
    assert question.failures.is_useless
    assert question.failures.said("states").startswith(
        f"could not be evaluated on 3 of 4 states, first on #1: {why}"
    )


@pytest.mark.parametrize("text", ["state.x > 1", "state.x.y > 1", "state.gone > 1"])
def test_null_and_what_is_not_there_are_no_failures(text: str) -> None:
    condition = StateCondition(text)
    assert not any(condition.matches(state, "order-1") for state in (None, {}, {"x": None}))
    assert condition.failures.failed == 0


def test_a_check_that_fails_is_no_broken_rule() -> None:
    def check(state: Any) -> list[str]:
        return ["too much"] if state > 3 else []  # fails before the first event

    story = story_of(1, 2, 3, reducer=Reducer("add", add, check=check))
    question = WhenBroken(story.fold)
    assert first_after(story.fold, question) == Found(3, How.FOLD)
    assert (question.failures.failed, question.failures.first_at) == (1, "#0")
    assert "the check itself failed: TypeError" in question.failures.why


def fold_of(*states: Any) -> Fold:
    reducer = Reducer("last", lambda _, e: e["value"]["state"])
    return Fold(
        reducer, "order-1", [Folding(event(n, n, value={"state": s})) for n, s in enumerate(states)]
    )


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/a/0", (1, 3, 4)),
        ("/a", (1, 2, 3, 4)),
        ("", (1, 2, 3, 4)),
        ("/a/1", (2, 3)),
        ("/none", ()),
        ("/a/00", ()),
        ("/a/x", ()),
    ],
)
def test_the_events_that_changed_a_place_are_watched(
    pointer: str, expected: tuple[int, ...]
) -> None:
    assert watched(fold_of({"a": [1]}, {"a": [1, 2]}, {"a": [True]}, {}), pointer) == expected


@pytest.mark.parametrize("pointer", ["a", "/a~2", "#/a~"])
def test_what_is_no_pointer_is_refused_in_a_sentence(pointer: str) -> None:
    with pytest.raises(UsageError, match="is no JSON pointer; write /items/0/sku"):
        watched(fold_of(1), pointer)


def test_the_events_that_are_new_are_watched_from_there_on() -> None:
    assert watched(fold_of(1, 2, 2, 3), "", first=3) == (4,)
