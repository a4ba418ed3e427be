"""A fold by a hostile reducer is right about all other events, wherever one goes."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readers.errors import UsageError
from replay.fold import Fold, Folding
from replay.reducers.limits import Limits
from replay.reducers.worker import WorkerReducer
from tests.replay.reducers.written import write
from tests.replay.told import event

HOSTILE = """
    import os, time
    calls = open({calls!r}, "a", buffering=1)
    def reduce(state, event):
        value = event["value"]
        if value == "hang":
            calls.write("x")
            calls.flush()
            time.sleep(60)
        if value == "die":
            os._exit(1)
        if value == "raise":
            raise ValueError
        state = state or []
        state.append(value)
        return state[-3:]
    def narrate(event, before, after):
        return str(after)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def file(folder: Path) -> str:
    return write(folder / "hostile.py", HOSTILE.format(calls=str(folder / "calls")))


@pytest.fixture
def hostile(file: str) -> Iterator[WorkerReducer]:
    reducer = WorkerReducer(file, Limits(event_s=0.3))
    yield reducer
    reducer.close()


def foldings(values: list[Any]) -> list[Folding]:
    return [Folding(event(n, n, value=value)) for n, value in enumerate(values)]


def naive(values: list[Any]) -> list[Any]:
    states: list[Any] = [None]
    for value in values:
        before = states[-1]
        states.append([*(before or []), value][-3:] if isinstance(value, int) else before)
    return states


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.integers(0, 9) | st.just("raise"), max_size=120),
    st.lists(st.tuples(st.integers(0, 120), st.sampled_from(["hang", "die"])), max_size=2),
    st.lists(st.integers(0, 120), max_size=8),
)
def test_a_walk_over_a_hostile_history_finds_the_states_of_a_naive_fold(
    file: str, values: list[Any], deadly: list[tuple[int, str]], walk: list[int]
) -> None:
    for at, value in deadly:
        values.insert(at, value)
    reducer = WorkerReducer(file, Limits(event_s=0.3))
    fold = Fold(reducer, "order-1", foldings(values), budget_bytes=600)
    expected = naive(values)
    for n in (min(each, len(values)) for each in walk):
        assert fold.state(n).value == expected[n]
        if n:
            assert fold.around(n) == (expected[n - 1], expected[n])
        wrong = [error.n for error in fold.state(n).errors]
        assert wrong == [at for at, v in enumerate(values[:n], 1) if isinstance(v, str)]
    told = [
        str(s) if isinstance(v, int) else None for v, s in zip(values, expected[1:], strict=True)
    ]
    assert fold.told == told
    reducer.close()


def test_an_event_that_hangs_costs_its_time_once(hostile: WorkerReducer, folder: Path) -> None:
    fold = Fold(hostile, "order-1", foldings([*range(200), "hang", *range(200)]))
    calls = (folder / "calls").stat().st_size
    for n in range(401, 190, -5):
        fold.around(n)
    other = fold.branch(300, foldings([1, 2]))
    assert other.state(len(other)).value == [97, 1, 2]
    assert (folder / "calls").stat().st_size == calls


def test_two_folds_of_one_reducer_can_be_read_side_by_side(hostile: WorkerReducer) -> None:
    values: list[Any] = [*range(300)]
    fold = Fold(hostile, "order-1", foldings(values))
    other = fold.branch(150, foldings([7] * 100))
    both = list(zip(fold.states(), other.states(), strict=False))
    assert [fold_state == other_state for fold_state, other_state in both] == [
        n < 150 for n in range(250)
    ]


def test_no_process_is_left_behind_by_many_folds(file: str) -> None:
    def workers() -> int:
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
        return len(children)

    before = workers()
    for _ in range(3):
        Fold(WorkerReducer(file), "order-1", foldings([1, "die", 2]))
    assert workers() <= before


OFTEN = """
    import time
    def reduce(state, event):
        if event["value"] == "hang":
            time.sleep(60)
        return (state or 0) + 1
    def check(state):
        time.sleep(60)
"""


@pytest.fixture
def often(folder: Path) -> Iterator[WorkerReducer]:
    """It is given up after a few events, and its check after some states."""
    reducer = WorkerReducer(write(folder / "often.py", OFTEN), Limits(event_s=0.02))
    yield reducer
    reducer.close()


def test_states_before_a_reducer_was_given_up_stay_what_they_were(often: WorkerReducer) -> None:
    values = [n if n % 15 else "hang" for n in range(1, 701)]
    fold = Fold(often, "order-1", foldings(values))
    assert "had to be stopped" in fold.state(700).errors[-1].error
    taken = sum(isinstance(value, int) for value in values[:290])
    state = fold.state(290)
    assert (state.value, state.events_applied) == (taken, taken)
    assert fold.around(299) == (279, 280)
    changed = fold.branch(290, foldings([1]))  # a new event is refused, the others are not
    assert (changed.state(290).value, changed.state(289).value) == (270, 270)
    assert changed.state(290).errors[-1].n == 290


def test_a_check_that_hangs_costs_no_state(often: WorkerReducer) -> None:
    fold = Fold(often, "order-1", foldings([*range(1_000)]))
    for n in range(1, 42):
        fold.checked(n)
    assert (fold.state(700).value, fold.state(700).errors) == (700, ())
    assert fold.branch(1_001, foldings([1])).state(1_001).value == 1_001


def test_an_event_that_fails_only_when_it_is_folded_again_is_no_state(folder: Path) -> None:
    once = folder / "once"
    file = write(
        folder / "once.py",
        f"""
        import os
        def reduce(state, event):
            if event["value"] == "once":
                os.close(os.open({str(once)!r}, os.O_CREAT | os.O_EXCL))
            return (state or 0) + 1
        """,
    )
    reducer = WorkerReducer(file)
    fold = Fold(reducer, "order-1", foldings([1, "once", 3, 4]))
    assert fold.state(4).value == 4
    with pytest.raises(UsageError, match="took event #2 in before, and now fails: FileExists"):
        fold.state(3)
    reducer.close()
