"""A reducer that must not be trusted is found out, and the first event where is named."""

from pathlib import Path

import pytest

from replay.fold import Folding
from replay.reducer_check import DIFFERS, Finding, check_reducer
from replay.reducers.examining import (
    CHANGES_EVENT,
    CHANGES_STATE,
    NO_JSON,
    NO_REPLACEMENT,
    UNSTEADY,
    is_json,
)
from replay.reducers.limits import Limits
from tests.replay.reducers.written import write
from tests.replay.told import event

EVENTS = [Folding(event(n, n, value={"x": n})) for n in range(5)]


def check(tmp_path: Path, text: str) -> tuple[Finding, ...]:
    return check_reducer(write(tmp_path / "mine.py", text), "order-1", EVENTS, Limits())


@pytest.mark.parametrize("name", ["order", "merge", "last", "debezium"])
def test_kstorys_own_reducers_do_nothing_wrong(name: str) -> None:
    assert check_reducer(name, "order-1", EVENTS, Limits()) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "def reduce(s, e): s = s or {}; s[str(e['offset'])] = 1; return s",
            Finding(CHANGES_STATE, 2, 4),
        ),
        ("def reduce(s, e): e['value'].pop('x'); return 1", Finding(CHANGES_EVENT, 1, 5)),
        ("def reduce(s, e): return float('nan') if e['offset'] else 1", Finding(NO_JSON, 2, 4)),
        (
            "import datetime\n"
            "def reduce(s, e): return [datetime.date(2026, 1, 1)] if e['offset'] == 3 else None",
            Finding(NO_JSON, 4, 1),
        ),
        (
            "seen = []\ndef reduce(s, e): seen.append(1); return len(seen)",
            Finding(UNSTEADY, 1, 5),
        ),
        (
            "def reduce(s, e): return (s or 0) + e['offset']\ndef replaces(e): return True",
            Finding(NO_REPLACEMENT, 3, 3),
        ),
        (
            "def reduce(s, e): return 1 // (e['offset'] - 2)",
            Finding("it fails: ZeroDivisionError: integer division or modulo by zero", 3, 1),
        ),
        (
            "def reduce(s, e): return {1} if e['offset'] == 2 else 1",
            Finding("it fails: TypeError: Type is not JSON serializable: set", 3, 1),
        ),
    ],
)
def test_what_a_reducer_does_wrong_is_named_with_its_first_event(
    tmp_path: Path, text: str, expected: Finding
) -> None:
    assert expected in check(tmp_path, text)


def test_the_order_of_a_set_is_found_by_a_second_process(tmp_path: Path) -> None:
    names = [f"name-{n}" for n in range(20)]
    text = f"def reduce(s, e): return list(set({names})) if e['offset'] > 1 else 0"
    assert check(tmp_path, text) == (Finding(DIFFERS, 3),)


def test_an_initial_that_differs_is_named_before_all_events(tmp_path: Path) -> None:
    text = "import time\ndef reduce(s, e): return s\ndef initial(x): return time.time()\n"
    assert check(tmp_path, text) == (Finding(DIFFERS, 0),)


def test_time_and_chance_are_found(tmp_path: Path) -> None:
    text = "import random\ndef reduce(s, e): return random.random()"
    assert check(tmp_path, text) == (Finding(UNSTEADY, 1, 5), Finding(DIFFERS, 1))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, 2.5, None, True, "x", (1,)]}, True),
        (float("inf"), False),
        ({"a": [{1, 2}]}, False),
        (b"x", False),
        (type("Text", (str,), {})("x"), False),
    ],
)
def test_json_is_told_from_what_only_becomes_it(value: object, expected: bool) -> None:
    assert is_json(value) is expected
