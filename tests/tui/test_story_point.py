"""What is typed as a point of a story is the event that is meant."""

import pytest

from readers.errors import UsageError
from replay.reducers.loading import load_reducer
from replay.story import Story, tell
from tests.fakes import START_MS
from tests.replay.told import STREAM, event
from tui.render.times import UTC_ZONE
from tui.story_point import n_of

NEXT_WEEK_MS = START_MS + 7 * 86_400_000


def story(*at_s: float) -> Story:
    events = [event(offset, s, value={"a": offset}) for offset, s in enumerate(at_s)]
    reducer = load_reducer("merge")
    return tell(
        [events], aggregate="order-1", stream=STREAM, topics=(), reducer=reducer, missing=None
    )


def n(told: Story, typed: str) -> int:
    return n_of(told, typed, now_ms=NEXT_WEEK_MS, zone=UTC_ZONE)


def test_a_clock_time_is_of_the_storys_day_and_not_of_today() -> None:
    assert n(story(0, 60, 120), "12:01:30") == 2


def test_over_midnight_it_is_of_the_day_that_the_story_was_there() -> None:
    told = story(11.5 * 3600, 12.5 * 3600)  # 23:30, and 00:30 of the next day
    assert [n(told, text) for text in ("23:45", "00:45")] == [1, 2]


def test_numbers_positions_and_whole_times_are_meant_as_they_are() -> None:
    told = story(0, 60)
    assert [n(told, text) for text in ("#1", "2", "order-events:0@0")] == [1, 2, 1]
    assert n(told, "2026-11-23T12:00:30Z") == 1


@pytest.mark.parametrize("typed", ["#9", "garbage", ""])
def test_what_means_nothing_is_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        n(story(0), typed)
