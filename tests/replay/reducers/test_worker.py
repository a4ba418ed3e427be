"""A reducer of other people's can do what it likes: it costs its event an error, and no more."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readers.errors import UsageError
from replay.reducers.foreign import Raised, Returned
from replay.reducers.limits import Limits
from replay.reducers.stepping import NULL, Checked, Keeping, every_state
from replay.reducers.worker import WorkerReducer
from tests.replay.reducers.written import given as given_events
from tests.replay.reducers.written import run, states, write
from tests.waiting import soon, wait_until

HOSTILE = """
    import ctypes, os, signal, sys, time

    kept = []

    def recurse():
        return recurse() + 1

    class Silent(Exception):
        def __str__(self):
            raise KeyError

    def silent():
        raise Silent

    def deep():
        state = []
        for _ in range(1000):
            state = [state]
        return state

    def fork():
        if os.fork() == 0:
            while True:
                time.sleep(1)

    def surrogate():
        raise ValueError(chr(0xd800) + "x" * 10_000_000)

    def spam():
        for _ in range(20):
            os.write(1, b"x" * 1_000_000)
            os.write(2, b"x" * 1_000_000)
            print("x" * 1_000_000)
        return 1 // 0

    DOES = {
        "raise": lambda: 1 // 0,
        "silent": silent,
        "surrogate": surrogate,
        "exit": lambda: sys.exit(3),
        "_exit": lambda: os._exit(0),
        "recurse": recurse,
        "memory": lambda: bytearray(10 << 30),
        "deep": deep,
        "set": lambda: {1},
        "huge": lambda: 1 << 64,
        "spam": spam,
        "interrupt": lambda: os.kill(os.getpid(), signal.SIGINT) or time.sleep(1),
        "segfault": lambda: ctypes.string_at(0),
        "hang": lambda: time.sleep(60),
        "loop": lambda: [None for _ in iter(int, 1)],
        "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
        "close": lambda: os.closerange(3, 64) or os.abort(),
    }

    def reduce(state, event):
        value = event["value"]
        if value in DOES:
            after = DOES[value]()
            state = ["never"] if after is None else after
            return state
        if value == "fork":
            fork()
        if value == "print":
            print("x" * 1_000_000, flush=True)
            os.write(2, b"x" * 1_000_000)
        if value == "read":
            assert sys.stdin.read() == ""
        state = state or []
        state.append(value)
        event.clear()
        return state
"""
QUICK = ("raise", "silent", "surrogate", "exit", "recurse", "memory", "deep", "set", "huge", "spam")
DEADLY = ("_exit", "segfault", "interrupt", "hang", "loop", "stop", "close")
HARMLESS = ("fork", "print", "read", "a", "b")
LIMITS = Limits(event_s=0.3, memory_bytes=1 << 30)


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[[str], WorkerReducer]]:
    """Make a worker of a reducer's source."""
    opened = []

    def make(text: str, limits: Limits = LIMITS) -> WorkerReducer:
        opened.append(WorkerReducer(write(tmp_path / "mine.py", text), limits))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> WorkerReducer:
    return WorkerReducer(write(tmp_path_factory.mktemp("reducer") / "hostile.py", HOSTILE), LIMITS)


def fresh(reducer: WorkerReducer) -> WorkerReducer:
    """One that was never stopped before."""
    return WorkerReducer(reducer.load, reducer.limits)


def naive(values: list[str]) -> list[list[str] | None]:
    state: list[str] | None = None
    found = []
    for value in values:
        if value in HARMLESS:
            state = [*(state or []), value]
        found.append(state)
    return found


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from(QUICK + HARMLESS), max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from(DEADLY)), max_size=2),
)
def test_a_hostile_history_gives_the_states_of_a_naive_fold(
    hostile: WorkerReducer, values: list[str], deadly: list[tuple[int, str]]
) -> None:
    for at, value in deadly:
        values.insert(at, value)
    reducer = fresh(hostile)
    steps = run(reducer, *values)
    reducer.close()
    assert states(steps) == naive(values)
    assert [step.applied for step in steps] == [value in HARMLESS for value in values]
    assert [step.error is None for step in steps] == [value in HARMLESS for value in values]


@pytest.mark.parametrize("value", QUICK + DEADLY)
def test_each_of_these_costs_one_event(hostile: WorkerReducer, value: str) -> None:
    reducer = fresh(hostile)
    steps = run(reducer, "a", value, "b")
    reducer.close()
    assert states(steps) == [["a"], ["a"], ["a", "b"]]
    error = steps[1].error or ""
    assert 0 < len(error) < 3_000
    assert "\n" not in error


def test_errors_say_what_was_wrong(hostile: WorkerReducer) -> None:
    reducer = fresh(hostile)
    steps = run(reducer, "raise", "memory", "hang", "_exit")
    reducer.close()
    assert [step.error for step in steps] == [
        "ZeroDivisionError: integer division or modulo by zero",
        "MemoryError",
        "the reducer gave no answer in 300 ms",
        "the reducer's process ended (its limit is 1,024 MiB of memory)",
    ]


def test_a_reducer_that_always_hangs_is_given_up(load: Any) -> None:
    reducer = load("import os\ndef reduce(state, event): os._exit(1)", Limits(0.05))
    with soon(100):  # 2,000 processes would take longer
        steps = run(reducer, *range(2_000))
    assert len(steps) == 2_000
    assert steps[0].error != steps[-1].error
    assert (steps[-1].error or "").startswith("not run: the reducer had to be stopped")
    assert reducer.first("order-1") == Returned(NULL)


COLLECT = "def reduce(state, event): return [*(state or []), event['value']]\n"


def test_who_stops_reading_leaves_nothing_behind(load: Any) -> None:
    reducer = load(COLLECT)
    begun = [reducer.steps(NULL, given_events(*range(100)), every_state()) for _ in range(3)]
    assert [next(steps).after for steps in begun] == [b"[0]"] * 3
    assert states(run(reducer, "x")) == [["x"]]
    assert [next(steps).after for steps in begun] == [b"[0,1]"] * 3


def test_large_events_and_states_go_both_ways(load: Any) -> None:
    reducer = load("def reduce(state, event): return event['value']\n")
    values = [str(n) * 2_000_000 for n in range(9)]
    assert states(run(reducer, *values)) == values
    (step,) = run(reducer, "small", state=orjson.dumps("x" * 30_000_000))
    assert step.after == b'"small"'


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 96, 97, 3_000])
def test_states_are_kept_now_and_then_and_the_last_always(load: Any, count: int) -> None:
    reducer = load("def reduce(state, event): return (state or 0) + 1\n")
    steps = list(reducer.steps(NULL, given_events(*range(count)), Keeping(1e9, after_events=100)))
    kept = {n: orjson.loads(s.after) for n, s in enumerate(steps, 1) if s.after is not None}
    assert kept == {n: n for n in [*range(100, count, 100), *([count] if count else [])]}


def test_the_other_parts_may_fail_too(load: Any) -> None:
    reducer = load(
        """
        import os, time
        def reduce(state, event): return 1
        def initial(aggregate_id): return time.sleep(9) if aggregate_id == "hang" else os._exit(0)
        def check(state): return time.sleep(9) if state else [1 // 0]
        """
    )
    assert reducer.first("hang") == Raised("the reducer gave no answer in 300 ms")
    assert str(reducer.first("x")).count("process ended") == 1
    assert reducer.checked(b"1") == Checked((), "the reducer gave no answer in 300 ms")
    assert "ZeroDivisionError" in (reducer.checked(b"0").failure or "")


def test_narrations_and_what_replaces_come_back(load: Any) -> None:
    reducer = load(
        """
        def reduce(state, event): return event["value"]
        def narrate(event, before, after): return f"{before} → {after}"
        def replaces(event): return event["value"] > 1
        """
    )
    steps = run(reducer, 1, 2)
    assert [(s.says, s.replaces) for s in steps] == [("None → 1", False), ("1 → 2", True)]


def test_a_file_imports_its_neighbour_and_installed_packages(load: Any, tmp_path: Path) -> None:
    write(tmp_path / "neighbour.py", "ONE = 1\n")
    reducer = load("import neighbour, orjson\ndef reduce(s, e): return neighbour.ONE\n")
    assert states(run(reducer, "x")) == [1]


def test_nothing_is_imported_for_lying_in_the_working_directory(
    load: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    for name in ("replay/__init__.py", "orjson.py", "order.py", "sitecustomize.py"):
        write(elsewhere / name, "open('ran', 'w')\n1 / 0\n")
    monkeypatch.chdir(elsewhere)
    assert states(run(load(COLLECT), "x")) == [["x"]]
    assert not (elsewhere / "ran").exists()


def test_an_edited_file_is_noticed_and_loaded_anew(load: Any, tmp_path: Path) -> None:
    neighbour = tmp_path / "neighbour.py"
    write(neighbour, "ONE = 1\n")
    reducer = load("import json, neighbour\ndef reduce(s, e): return neighbour.ONE\n")
    assert not reducer.changed()
    write(neighbour, "ONE = 'one'\n")
    assert reducer.changed()
    again = reducer.fresh()
    assert not again.changed()
    assert states(run(again, "x")) == ["one"]
    again.close()
    write(tmp_path / "mine.py", "def reduce(")
    assert again.changed()
    with pytest.raises(UsageError, match="SyntaxError"):
        again.fresh()
    assert not again.changed()  # it is not tried again until it is saved again
    write(tmp_path / "mine.py", COLLECT)
    assert again.changed()


def test_an_end_of_the_loading_process_is_told(load: Any) -> None:
    with pytest.raises(UsageError, match="does not load: its process ended"):
        load("import os\nos._exit(1)")


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for_end(pid: int) -> None:
    wait_until(lambda: not alive(pid))


PID = "import os\ndef reduce(state, event): return [os.getpid(), os.getppid()]\n"


@pytest.mark.parametrize("how", ["closed", "forgotten"])
def test_a_worker_ends_with_the_one_who_needed_it(load: Any, tmp_path: Path, how: str) -> None:
    reducer = WorkerReducer(write(tmp_path / "pid.py", PID))
    pid = states(run(reducer, "x"))[0][0]
    assert alive(pid)
    if how == "closed":
        reducer.close()
    else:
        del reducer
        gc.collect()
    wait_for_end(pid)


def test_a_closed_worker_is_started_again_when_it_is_needed(load: Any) -> None:
    reducer = load(COLLECT)
    reducer.close()
    reducer.close()
    assert states(run(reducer, 1)) == [[1]]


@pytest.mark.parametrize("busy", [False, True])
def test_a_worker_ends_with_its_parent_however_that_ends(tmp_path: Path, busy: bool) -> None:
    loop = "\n while event['value'] == 'loop': pass\n"
    reducer = write(
        tmp_path / "r.py",
        f"import os\ndef reduce(state, event):\n open({str(tmp_path / 'pid')!r}, 'w')"
        f".write(str(os.getpid())){loop} return 1\n",
    )
    script = (
        "import sys, time\n"
        "from replay.reducers.worker import WorkerReducer\n"
        "from replay.reducers.limits import Limits\n"
        "from tests.replay.reducers.written import run\n"
        f"reducer = WorkerReducer({reducer!r}, Limits(60))\n"
        f"print('ready', flush=True); run(reducer, {'loop' if busy else 'x'!r}); time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[3], stdout=subprocess.PIPE
    )
    pid = tmp_path / "pid"
    wait_until(lambda: pid.exists() and bool(pid.read_text()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    wait_for_end(int(pid.read_text()))


def test_lines_are_taken_from_a_long_history_as_they_are_needed(load: Any) -> None:
    reducer = load("def reduce(state, event): return 1\n")
    asked = 0

    def endless() -> Iterator[Any]:
        nonlocal asked
        while True:
            asked += 1
            yield given_events(1)[0]

    assert len(list(islice(reducer.steps(NULL, endless(), Keeping()), 10))) == 10
    assert asked < 200


def test_events_that_cannot_be_read_leave_a_worker_that_answers_rightly(load: Any) -> None:
    reducer = load(COLLECT)

    def broken() -> Iterator[Any]:
        yield from given_events(*range(40))
        raise KeyError("gone")

    with pytest.raises(KeyError):
        list(reducer.steps(NULL, broken(), every_state()))
    assert states(run(reducer, "x")) == [["x"]]
