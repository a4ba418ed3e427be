"""A number, a position or a time means one event of a story."""

import pytest

from readers.errors import UsageError
from readers.record import Position
from replay.reducers import merge
from replay.reducers.reducer import as_reducer
from replay.story import Story, tell
from replay.story_position import n_at_number, n_at_position, n_at_time
from tests.fakes import START_MS
from tests.replay.told import STREAM, event


def story() -> Story:
    orders = [event(3, 0), event(5, 10), event(9, 4)]
    payments = [event(0, 2, topic="payment-events"), event(1, None, topic="payment-events")]
    return tell(
        [orders, payments], aggregate="order-1", stream=STREAM, topics=STREAM.topics,
        reducer=as_reducer("merge", merge), missing=None,
    )  # fmt: skip


def test_the_story_is_told_in_the_order_that_these_tests_rest_on() -> None:
    offsets = [each.event.position.offset for each in story().events]
    assert offsets == [3, 0, 1, 5, 9]


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_number_means_the_event_of_that_number(n: int) -> None:
    assert n_at_number(story(), n) == n


@pytest.mark.parametrize("n", [-1, 6])
def test_a_number_that_no_event_has_is_refused(n: int) -> None:
    with pytest.raises(UsageError, match="has 5 events, and #0 is before the first"):
        n_at_number(story(), n)


@pytest.mark.parametrize(("offset", "n"), [(0, 0), (3, 1), (4, 1), (5, 4), (8, 4), (9, 5), (99, 5)])
def test_a_position_means_the_last_event_its_partition_has_told(offset: int, n: int) -> None:
    assert n_at_position(story(), Position("order-events", 0, offset)) == n


def test_a_position_in_a_partition_without_events_is_refused() -> None:
    with pytest.raises(UsageError, match="No event of order-1 lies in order-events p7"):
        n_at_position(story(), Position("order-events", 7, 0))


@pytest.mark.parametrize(("at_s", "n"), [(-1, 0), (0, 1), (2, 3), (9, 3), (10, 5), (99, 5)])
def test_a_time_means_the_last_event_before_one_that_is_later(at_s: int, n: int) -> None:
    assert n_at_time(story(), START_MS + at_s * 1000) == n
