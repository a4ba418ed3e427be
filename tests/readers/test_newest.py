"""Choosing the newest of what came, and telling exactly what was passed over."""

from hypothesis import given
from hypothesis import strategies as st

from readers.newest import Allowance, Newest
from readers.record import Record, Span, TopicPartition
from readers.source import Passed
from tests.fakes import record_of

P0, P1 = TopicPartition("order-events", 0), TopicPartition("order-events", 1)


def newest(limit: int) -> Newest[Record]:
    return Newest(limit, lambda record: record.offset, lambda record: record.timestamp_ms or 0)


def run(place: TopicPartition, *offsets_and_times: tuple[int, int]) -> list[Record]:
    return [
        record_of(place.topic, place.partition, offset, timestamp_ms=at_ms)
        for offset, at_ms in offsets_and_times
    ]


def offsets(chosen: dict[TopicPartition, list[Record]]) -> dict[TopicPartition, list[int]]:
    return {place: [record.offset for record in kept] for place, kept in chosen.items()}


def test_nothing_is_passed_over_where_no_more_came_than_may_be_shown() -> None:
    frame = newest(4)
    frame.add(P0, run(P0, (0, 1), (1, 2)))
    frame.add(P1, run(P1, (7, 1), (8, 9)))
    chosen, passed = frame.chosen()
    assert offsets(chosen) == {P0: [0, 1], P1: [7, 8]}
    assert passed == ()


def test_the_newest_by_time_are_kept_and_the_rest_told_by_its_place() -> None:
    frame = newest(3)
    frame.add(P0, run(P0, (0, 10), (1, 20), (2, 50)))
    frame.add(P1, run(P1, (7, 30), (8, 40), (9, 60)))
    chosen, passed = frame.chosen()
    assert offsets(chosen) == {P0: [2], P1: [8, 9]}
    assert passed == (Passed(Span(*P0, 0, 2), 2), Passed(Span(*P1, 7, 8), 1))


def test_a_partition_of_old_records_is_passed_over_whole() -> None:
    frame = newest(2)
    frame.add(P0, run(P0, (4, 1), (6, 2)))
    frame.add(P1, run(P1, (0, 8), (1, 9)))
    chosen, passed = frame.chosen()
    assert offsets(chosen) == {P1: [0, 1]}
    assert passed == (Passed(Span(*P0, 4, 7), 2),)


def test_a_partition_keeps_its_own_order_where_times_run_backwards() -> None:
    frame = newest(2)
    frame.add(P0, run(P0, (0, 90), (1, 20), (2, 10)))
    chosen, _ = frame.chosen()
    assert offsets(chosen) == {P0: [1, 2]}


def test_what_is_saved_up_is_a_second_s_worth_at_the_most() -> None:
    now = [0.0]
    allowance = Allowance(1_000, clock=lambda: now[0])
    allowance.spend(1_000)
    now[0] = 0.05
    assert allowance.left() == 50
    now[0] = 60.0
    assert allowance.left() == 1_000


def test_one_record_may_always_be_shown() -> None:
    allowance = Allowance(10, clock=lambda: 0.0)
    allowance.spend(10)
    assert allowance.left() == 1


@given(
    st.integers(1, 6),
    st.lists(st.tuples(st.sampled_from([P0, P1]), st.lists(st.integers(0, 9), min_size=1))),
)
def test_kept_and_passed_over_together_are_all_that_came(
    limit: int, steps: list[tuple[TopicPartition, list[int]]]
) -> None:
    frame, ends = newest(limit), {P0: 0, P1: 0}
    for place, times in steps:
        frame.add(place, run(place, *enumerate(times, ends[place])))
        ends[place] += len(times)
    chosen, passed = frame.chosen()
    assert sum(map(len, chosen.values())) == min(limit, sum(ends.values()))
    for place, end in ends.items():
        told = [range(p.span.start, p.span.end_exclusive) for p in passed
                if p.span.topic_partition == place]  # fmt: skip
        kept = offsets(chosen).get(place, [])
        assert [*(each for span in told for each in span), *kept] == list(range(end))
    assert all(each.count == each.span.width for each in passed)
