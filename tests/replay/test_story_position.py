"""A number, a position or a time means one event of a story."""

import pytest

from readers.errors import UsageError
from readers.record import Position
from replay.reducers import merge
from replay.reducers.reducer import as_reducer
from replay.story import Story, tell
from replay.story_position import n_at_number, n_at_time, n_at_vector, vector_at
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
    assert n_at_vector(story(), [Position("order-events", 0, offset)]) == n


def test_a_position_in_a_partition_without_events_is_refused() -> None:
    with pytest.raises(UsageError, match="No event of order-1 lies in order-events p7"):
        n_at_vector(story(), [Position("order-events", 7, 0)])


@pytest.mark.parametrize(
    ("orders", "payments", "n"),
    [(3, 0, 2), (3, 1, 3), (4, 7, 3), (8, 1, 4), (99, 99, 5), (0, -1, 0)],
)
def test_a_vector_means_the_point_at_which_a_reader_of_all_of_it_is(
    orders: int, payments: int, n: int
) -> None:
    vector = [Position("order-events", 0, orders), Position("payment-events", 0, payments)]
    assert n_at_vector(story(), vector) == n_at_vector(story(), vector[::-1]) == n


def test_a_vector_that_leaves_out_what_is_told_before_says_what() -> None:
    vector = [Position("order-events", 0, 5), Position("payment-events", 0, 0)]
    with pytest.raises(UsageError) as refused:
        n_at_vector(story(), vector)
    assert (
        "tells payment-events:0@1 (#3), which is not to be read, before order-events:0@5 (#4)"
        in (str(refused.value))
    )


def test_partitions_that_a_vector_does_not_need_are_no_hindrance() -> None:
    vector = [Position("order-events", 0, 5), Position("payment-events", 3, 0)]
    assert n_at_vector(story(), vector) == 4


@pytest.mark.parametrize(
    ("topic", "says"), [("order-events", "p0 is named twice"), ("else", "is not told from else")]
)
def test_a_vector_that_cannot_be_one_is_refused(topic: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        n_at_vector(story(), [Position("order-events", 0, 5), Position(topic, 0, 6)])


def test_every_point_has_a_vector_that_means_it() -> None:
    told = story()
    assert vector_at(told, 0) == ()
    assert [*map(str, vector_at(told, 4))] == ["order-events:0@5", "payment-events:0@1"]
    assert [n_at_vector(told, vector_at(told, n)) for n in range(1, 6)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("at_s", "n"), [(-1, 0), (0, 1), (2, 3), (9, 3), (10, 5), (99, 5)])
def test_a_time_means_the_last_event_before_one_that_is_later(at_s: int, n: int) -> None:
    assert n_at_time(story(), START_MS + at_s * 1000) == n
