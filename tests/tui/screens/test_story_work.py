"""A long story is not told again and again while it is searched."""

from tui.screens.story.work import TellingPace


def test_a_short_story_is_told_anew_every_half_second() -> None:
    pace = TellingPace(told_s=100.0)
    assert not pace.is_due(100.5)
    assert pace.is_due(100.6)


def test_telling_takes_a_tenth_of_the_time_at_most() -> None:
    pace = TellingPace(told_s=100.0)
    pace.told(101.0, 103.0)
    assert not pace.is_due(122.9)
    assert pace.is_due(123.1)
