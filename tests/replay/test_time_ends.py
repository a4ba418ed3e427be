"""A time's end in each partition: not where one clock was wrong."""

from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from readers.record import Span, TopicPartition
from readers.source import Batch
from replay.ranges import choose_partitions
from replay.time_ends import LOOKED_AT, ends_before
from tests.fakes import START_MS, FakeSource, record_of

P0, P1 = TopicPartition("order-events", 0), TopicPartition("order-events", 1)
FAR_MS = START_MS + 10**12


def source_of(times_ms: list[int], others_ms: list[int] | None = None) -> FakeSource:
    return FakeSource(
        [
            record_of(partition=partition, offset=offset, timestamp_ms=at_ms)
            for partition, times in enumerate((times_ms, others_ms or []))
            for offset, at_ms in enumerate(times)
        ],
        partitions=2,
        topics=("order-events",),
    )


def ends(source: FakeSource, time_ms: int) -> dict[TopicPartition, int]:
    return ends_before(source, time_ms, choose_partitions(source.topics(), None))


def test_one_record_of_a_wrong_clock_ends_nothing() -> None:
    times = [START_MS + n for n in range(10_000)]
    times[10] = FAR_MS
    assert ends(source_of(times), START_MS + 6_000) == {P0: 6_000, P1: 0}


def test_a_partition_in_order_of_time_is_looked_at_for_a_moment() -> None:
    source = source_of([START_MS + n for n in range(10_000)], [FAR_MS] * 10)
    assert ends(source, START_MS + 6_000) == {P0: 6_000, P1: 0}
    assert [span.width for span in source.reads] == [LOOKED_AT, 10]


def test_records_of_the_time_itself_are_too_late() -> None:
    assert ends(source_of([START_MS, START_MS + 1]), START_MS + 1) == {P0: 1, P1: 0}


class Counted(FakeSource):
    """It counts the records that it hands out, one a batch."""

    handed_out = 0

    def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
        for batch in super().read(spans):
            self.handed_out += len(batch.records)
            yield batch


def test_large_records_are_not_all_looked_at() -> None:
    value = b"x" * 1_000_000
    records = [record_of(offset=n, value=value, timestamp_ms=START_MS + n) for n in range(500)]
    source = Counted(records, batch_size=1)
    assert ends(source, START_MS + 50)[P0] == 50
    assert source.handed_out < 50


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(0, 9))
def test_everything_older_lies_before_the_end(times: list[int], time_ms: int) -> None:
    end = ends(source_of(times), time_ms)[P0]
    assert all(at_ms >= time_ms for at_ms in times[end:])
    assert end == 0 or times[end - 1] < time_ms
