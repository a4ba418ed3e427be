"""Halving by what someone else says of each state, who cannot say it of some."""

from typing import Any

import pytest

from replay.fold import Fold, Folding
from replay.reducers.reducer import Reducer
from replay.states.halving import Judge, Turned, Verdict, first_bad
from tests.replay.told import event


def fold_of(count: int) -> Fold:
    """Its state is the number of events."""
    reducer = Reducer("count", lambda state, _: (state or 0) + 1)
    return Fold(reducer, "order-1", [Folding(event(n, n)) for n in range(count)])


def says(text: str) -> Judge:
    """A letter a state: g(ood), b(ad) or s(kip)."""
    verdicts = {"g": Verdict.GOOD, "b": Verdict.BAD, "s": Verdict.SKIP}
    return lambda n, _: verdicts[text[n]]


def turned(text: str, **options: Any) -> tuple[int, int] | None:
    found = first_bad(fold_of(len(text) - 1), says(text), **options)
    return None if found is None else (found.n, found.earliest)


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gggbbbb", (3, 3)),
        ("ggggggb", (6, 6)),
        ("gbbbbbb", (1, 1)),
        ("bbbbbbb", (0, 0)),
        ("b", (0, 0)),
        ("g", None),
        ("s", None),
        ("ggggggg", None),
        ("sssssss", None),
        ("gggsbbb", (4, 3)),
        ("gssssbb", (5, 1)),
        ("gsgsbsb", (4, 3)),
        ("sssbbbb", (3, 0)),
        ("sgggbss", (4, 4)),
        ("ssssssb", (6, 0)),
    ],
)
def test_where_it_turns_and_what_is_left_open(
    text: str, expected: tuple[int, int] | None, linear: bool
) -> None:
    assert turned(text, linear=linear) == expected


def test_few_are_asked_of_a_long_story() -> None:
    found = first_bad(fold_of(1000), says("g" * 700 + "b" * 301))
    assert found is not None
    assert (found.n, found.asked <= 13) == (700, True)


def test_what_turns_back_is_seen_one_by_one_only() -> None:
    assert (turned("gbbgggg"), turned("gbbgggg", linear=True)) == (None, (1, 1))


def test_the_state_is_given_as_json() -> None:
    seen: dict[int, bytes] = {}

    def judge(n: int, state: bytes) -> Verdict:
        seen[n] = state
        return Verdict.BAD

    assert first_bad(fold_of(3), judge) == Turned(0, 0, 2)
    assert seen == {3: b"3", 0: b"null"}
