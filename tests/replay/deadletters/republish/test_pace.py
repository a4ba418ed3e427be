"""So many letters a second, changed and stopped while they go."""

import pytest

from replay.deadletters.republish.sending.pace import Pace


def sent_within(pace: Pace, seconds: float, step_s: float = 0.05) -> int:
    sent = 0
    for turn in range(int(seconds / step_s) + 1):
        allowed = pace.allowed(50, turn * step_s)
        pace.spend(allowed)
        sent += allowed
    return sent


def test_a_rate_is_kept() -> None:
    assert 100 <= sent_within(Pace(10.0), 10.0) <= 102


def test_less_than_one_a_second_is_kept_too() -> None:
    assert sent_within(Pace(0.5), 10.0) in (5, 6)


def test_zero_is_as_fast_as_it_goes() -> None:
    assert Pace(0.0).allowed(50, 0.0) == 50


def test_what_is_saved_while_nothing_is_sent_is_a_seconds_worth() -> None:
    pace = Pace(10.0)
    pace.allowed(1, 0.0)
    assert pace.allowed(50, 60.0) == 10


def test_a_pause_saves_nothing() -> None:
    pace = Pace(10.0)
    pace.spend(pace.allowed(1, 0.0))
    pace.paused = True
    assert pace.allowed(50, 30.0) == 0
    pace.paused = False
    assert pace.allowed(50, 30.0) == 0


def test_it_says_how_long_until_the_next() -> None:
    pace = Pace(10.0)
    pace.spend(pace.allowed(1, 0.0))
    assert 0.09 < pace.wait_s() <= 0.1


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), float("-inf")])
def test_a_rate_that_is_not_finite_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Pace(rate)
