"""The rate at which records arrive, by a clock that the test moves."""

from replay.follow_rate import Arrivals


def test_a_rate_is_told_after_half_a_second() -> None:
    arrivals = Arrivals()
    for step in range(5):
        arrivals.add(step / 10, 100, 0)
    assert arrivals.per_s(0.4) is None
    for step in range(5, 11):
        arrivals.add(step / 10, 100, 0)
    assert arrivals.per_s(1.0) == 1_000


def test_what_came_long_ago_counts_no_more() -> None:
    arrivals = Arrivals()
    for step in range(11):
        arrivals.add(step / 10, 100, 60)
    assert arrivals.is_sampled(1.0)
    assert not arrivals.is_sampled(10.0)
    assert arrivals.per_s(10.0) is None


def test_all_that_was_passed_over_is_counted_for_good() -> None:
    arrivals = Arrivals()
    for step in range(100):
        arrivals.add(float(step), 100, 60)
    assert arrivals.passed == 6_000
