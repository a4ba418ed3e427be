"""The order of a story: a merge of partitions that is never against one's own order."""

from collections.abc import Iterator
from itertools import islice, pairwise

from hypothesis import given
from hypothesis import strategies as st

from readers.record import TopicPartition
from replay.event import Event
from replay.order import causation_id, is_tie, merge
from tests.replay.told import event

PLACES = [TopicPartition(topic, p) for topic in ("order-events", "payment-events") for p in (0, 1)]
Times = list[int | None]


def lanes_of(times: list[Times]) -> list[list[Event]]:
    return [
        [event(n, at, topic=place.topic, partition=place.partition) for n, at in enumerate(lane)]
        for place, lane in zip(PLACES, times, strict=False)
    ]


def by_place(events: list[Event]) -> dict[TopicPartition, list[int]]:
    told: dict[TopicPartition, list[int]] = {}
    for each in events:
        told.setdefault(each.position.topic_partition, []).append(each.position.offset)
    return told


some_times = st.lists(st.none() | st.integers(-3, 9), max_size=8)
any_lanes = st.lists(some_times, max_size=4).map(lanes_of)
ascending_lanes = st.lists(st.lists(st.integers(0, 5), max_size=8).map(sorted), max_size=4).map(
    lanes_of  # type: ignore[arg-type]
)


@given(any_lanes)
def test_no_event_is_lost_and_no_partition_reordered(lanes: list[list[Event]]) -> None:
    expected = {lane[0].position.topic_partition: [*range(len(lane))] for lane in lanes if lane}
    assert by_place(list(merge(lanes))) == expected


@given(ascending_lanes)
def test_times_that_ascend_give_one_sorted_story(lanes: list[list[Event]]) -> None:
    everything = [each for lane in lanes for each in lane]
    expected = sorted(everything, key=lambda each: (each.time_ms, each.position))
    assert list(merge(lanes)) == expected


@given(any_lanes, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_how_partitions_are_given(lanes, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(lanes, len(lanes))
    assert list(merge(shuffled)) == list(merge(lanes))


@given(any_lanes)
def test_an_event_is_never_told_while_an_earlier_one_waits(lanes: list[list[Event]]) -> None:
    told = list(merge(lanes))
    for n, (before, after) in enumerate(pairwise(told)):
        other = before.position.topic_partition != after.position.topic_partition
        first_there = after.position.topic_partition not in by_place(told[: n + 1])
        if other and first_there and None not in (before.time_ms, after.time_ms):
            assert before.time_ms <= after.time_ms  # type: ignore[operator]


def test_ties_are_told_by_topic_and_then_by_partition() -> None:
    lanes = [
        [event(topic="b", partition=0)],
        [event(topic="a", partition=10)],
        [event(topic="a", partition=2)],
    ]
    places = [each.position.topic_partition for each in merge(lanes)]
    assert places == [("a", 2), ("a", 10), ("b", 0)]


def test_a_partition_whose_times_go_backwards_keeps_its_own_order() -> None:
    lanes = lanes_of([[5, 1, 6], [2, 5]])
    told = [(each.position.partition, each.position.offset) for each in merge(lanes)]
    assert told == [(1, 0), (0, 0), (0, 1), (1, 1), (0, 2)]


def test_an_event_without_a_time_follows_the_one_before_it() -> None:
    lanes = lanes_of([[1, None, None, 9], [2]])
    told = [(each.position.partition, each.position.offset) for each in merge(lanes)]
    assert told == [(0, 0), (0, 1), (0, 2), (1, 0), (0, 3)]


def test_a_cause_comes_before_its_effect_where_times_tie() -> None:
    effect = event(topic="a", cause="c")
    first, cause = event(0, topic="b"), event(1, topic="b", id="c")
    assert list(merge([[effect], [first, cause]])) == [first, cause, effect]


def test_a_cause_behind_an_event_whose_time_went_backwards_is_waited_for_too() -> None:
    effect = event(topic="a", cause="c")
    lane = [event(0, topic="b"), event(1, -5, topic="b"), event(2, topic="b", id="c")]
    assert list(merge([[effect], lane])) == [*lane, effect]


def test_a_later_cause_does_not_hold_its_effect_back() -> None:
    effect, cause = event(0, 0, topic="a", cause="c"), event(0, 1, topic="b", id="c")
    assert list(merge([[effect], [cause]])) == [effect, cause]


def test_a_cause_in_the_same_partition_changes_nothing() -> None:
    lane = [event(0, cause="c"), event(1, id="c")]
    assert list(merge([lane])) == lane


def test_events_that_cause_each_other_are_told_all_the_same() -> None:
    one, two = event(topic="a", id="1", cause="2"), event(topic="b", id="2", cause="1")
    assert list(merge([[one], [two]])) == [one, two]


def test_partitions_are_read_only_as_far_as_they_are_told() -> None:
    taken = 0

    def endless(partition: int) -> Iterator[Event]:
        nonlocal taken
        for n in range(10**9):
            taken += 1
            yield event(n, n, partition=partition)

    told = list(islice(merge([endless(0), endless(1)]), 6))
    assert [each.position.offset for each in told] == [0, 0, 1, 1, 2, 2]
    assert taken <= 6 + 2


def test_nothing_is_told_of_no_partitions_and_of_empty_ones() -> None:
    assert list(merge([])) == []
    assert list(merge([[], []])) == []


def test_a_null_causation_header_names_no_cause() -> None:
    assert causation_id(event(headers=[("causationId", None)])) is None
    assert causation_id(event(headers=[("ce_causationid", b"c")])) == "c"


def test_a_tie_is_one_time_in_two_partitions() -> None:
    first = event(0, 1)
    assert is_tie(first, event(0, 1, partition=1))
    assert not is_tie(first, event(1, 1))  # the offsets tell
    assert not is_tie(first, event(0, 2, partition=1))
    assert not is_tie(event(0, None), event(0, None, partition=1))
