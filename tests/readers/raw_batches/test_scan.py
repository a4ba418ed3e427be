"""A scan's fetching: what is asked for, handed back, waited for and stopped."""

import threading
from collections.abc import Iterator, Sequence

import pytest

from readers.pace import Pace
from readers.raw_batches.connection import Address, ConnectionLost, Fetched, NotServed
from readers.raw_batches.how import How
from readers.raw_batches.scan import RawScan
from readers.raw_batches.step import Found, Left, Step, Why
from readers.record import Record, Span, TopicPartition
from readers.wanted import EVERYTHING
from tests.readers.raw_batches.batches import AT, HERE, FakeCluster, Log, batch, record
from tests.waiting import ENOUGH_S, soon, wait_until

THERE = TopicPartition("orders", 1)


def log(count: int = 20, *, each: int = 2, codec: str = "none") -> Log:
    """A partition of `count` records, `each` in a batch."""
    return Log(
        [
            batch(*(record(n) for n in range(at, min(at + each, count))), codec=codec)
            for at in range(0, count, each)
        ]
    )


def cluster(*logs: Log, **what: object) -> FakeCluster:
    return FakeCluster(dict(zip((HERE, THERE), logs, strict=False)), **what)  # type: ignore[arg-type]


def scan(
    cluster: FakeCluster,
    spans: Sequence[Span],
    *,
    committed: bool = True,
    response_bytes: int = 150,
    rate: int | None = None,
    ahead_bytes: int = 10_000,
) -> RawScan:
    how = How(cluster.connect, committed, 1.0, rate, response_bytes, ahead_bytes)  # type: ignore[arg-type]
    return RawScan(EVERYTHING, spans, dict.fromkeys((HERE, THERE), AT), how)


def steps(of: RawScan) -> list[Step]:
    return [step for step in of.steps() if step is not None]


def offsets(found: Sequence[Step], place: TopicPartition = HERE) -> list[int]:
    return [
        record.offset
        for step in found
        if isinstance(step, Found) and step.place == place
        for record in step.records
    ]


def left(found: Sequence[Step]) -> list[tuple[Span, Why]]:
    return [(step.span, step.why) for step in found if isinstance(step, Left)]


def threads() -> set[str]:
    names = ("raw-scan", "raw-batches")
    return {each.name for each in threading.enumerate() if each.name.startswith(names)}


def span(start: int, end: int, place: TopicPartition = HERE) -> Span:
    return Span(*place, start, end)


def test_every_record_is_found_once_and_in_order_over_many_responses() -> None:
    here = cluster(log(100), log(60, each=7))
    found = steps(scan(here, [span(0, 100), span(0, 60, THERE)]))
    assert offsets(found) == list(range(100))
    assert offsets(found, THERE) == list(range(60))
    assert len(here.asked) > 20
    assert here.closed == here.opened == 1


def test_reached_ascends_to_the_end_of_the_span() -> None:
    found = steps(scan(cluster(log(20)), [span(3, 17)]))
    reached = [step.reached for step in found if isinstance(step, Found)]
    assert reached == sorted(reached)
    assert reached[-1] == 17


def test_spans_begin_and_end_inside_batches() -> None:
    found = steps(scan(cluster(log(100, each=10)), [span(3, 17), span(25, 26), span(80, 99)]))
    assert offsets(found) == [*range(3, 17), 25, *range(80, 99)]


def test_spans_of_one_partition_are_read_in_the_order_of_their_offsets() -> None:
    assert offsets(steps(scan(cluster(log()), [span(10, 12), span(0, 2)]))) == [0, 1, 10, 11]


def test_what_lies_behind_the_end_of_the_log_is_for_the_client_to_explain() -> None:
    found = steps(scan(cluster(log(10)), [span(4, 10_000), span(20_000, 20_001)]))
    assert offsets(found) == list(range(4, 10))
    rest = [span(10, 10_000), span(20_000, 20_001)]
    assert left(found) == [(each, Why.UNREADABLE) for each in rest]


def test_where_a_leader_sends_nothing_more_the_client_finds_out_whether_that_is_the_end() -> None:
    here = log(10)
    here.stable_end = 6
    found = steps(scan(cluster(here), [span(0, 10)]))
    assert offsets(found) == list(range(6))
    assert left(found) == [(span(6, 10), Why.UNREADABLE)]


def test_a_gap_that_compaction_left_is_reached_over() -> None:
    gap = Log([batch(record(0)), batch(record(50), record(51), next_offset=60)])
    found = steps(scan(cluster(gap), [span(0, 30)]))
    assert offsets(found) == [0]
    assert [step.reached for step in found if isinstance(step, Found)][-1] == 30


def test_a_leader_that_moved_hands_the_rest_back() -> None:
    here = log(20)
    here.errors = [0, 0, 6]
    found = steps(scan(cluster(here), [span(0, 20), span(30, 40)]))
    (rest, why), later = left(found)
    assert (why, later) == (Why.MOVED, (span(30, 40), Why.MOVED))
    assert offsets(found) == list(range(rest.start))
    assert rest.end_exclusive == 20


@pytest.mark.parametrize(
    ("code", "why"), [(1, Why.OUT_OF_RANGE), (3, Why.MOVED), (29, Why.REFUSED), (2, Why.REFUSED)]
)
def test_an_error_says_who_has_to_look(code: int, why: Why) -> None:
    here = log()
    here.errors = [code]
    assert left(steps(scan(cluster(here), [span(0, 20)]))) == [(span(0, 20), why)]


def test_one_partition_that_fails_does_not_hold_back_another() -> None:
    failing = log()
    failing.errors = [6]
    found = steps(scan(cluster(failing, log(60)), [span(0, 20), span(0, 60, THERE)]))
    assert offsets(found, THERE) == list(range(60))


@pytest.mark.parametrize("answered", [0, 1, 5])
def test_a_connection_that_breaks_loses_and_repeats_nothing(answered: int) -> None:
    here = cluster(log(40), log(40), loses_after=answered)
    found = steps(scan(here, [span(0, 40), span(0, 40, THERE)]))
    again = [rest for rest, _ in left(found)]
    assert again
    found += steps(scan(here, again))
    assert offsets(found) == offsets(found, THERE) == list(range(40))


def test_brokers_that_all_break_hold_nobody_up() -> None:
    many = {TopicPartition("orders", n): log(30) for n in range(20)}
    here = FakeCluster(many)
    here.before_fetch = lambda number: breaks(number % 2)
    leaders = {place: Address("127.0.0.1", 9092 + place.partition) for place in many}
    how = How(here.connect, True, 1.0, response_bytes=150)  # type: ignore[arg-type]
    waiting = [span(0, 30, place) for place in many]
    found: list[Step] = []
    while waiting:
        found += steps(RawScan(EVERYTHING, waiting, leaders, how))
        waiting = [step.span for step in found if isinstance(step, Left)]
        found = [step for step in found if isinstance(step, Found)]
    assert all(offsets(found, place) == list(range(30)) for place in many)


def breaks(now: int) -> None:
    if now:
        raise ConnectionLost("gone")


def test_a_broker_that_cannot_be_reached_hands_all_back() -> None:
    here = cluster(log(), failures=[ConnectionLost("refused")])
    assert left(steps(scan(here, [span(0, 20)]))) == [(span(0, 20), Why.MOVED)]


def test_a_broker_that_will_not_serve_is_told_apart() -> None:
    here = cluster(log(), failures=[NotServed("login")])
    assert left(steps(scan(here, [span(0, 20)]))) == [(span(0, 20), Why.NOT_SERVED)]


def test_a_corrupt_batch_is_handed_back_between_its_neighbours() -> None:
    here = log(6, each=1)
    here.batches = [*here.batches[:2], here.batches[2].replace(b"{}", b"{{"), *here.batches[3:]]
    found = steps(scan(cluster(here), [span(0, 6)], response_bytes=1))
    assert left(found) == [(span(2, 3), Why.UNREADABLE)]
    assert offsets(found) == [0, 1, 3, 4, 5]
    assert [isinstance(step, Left) for step in found].index(True) == 2


def test_an_older_format_is_handed_back() -> None:
    here = log(4, each=1)
    old = bytearray(here.batches[2])
    old[16] = 1
    here.batches = [*here.batches[:2], bytes(old), here.batches[3]]
    found = steps(scan(cluster(here), [span(0, 4)], response_bytes=1))
    assert offsets(found) == [0, 1]
    assert left(found) == [(span(2, 4), Why.UNREADABLE)]


def test_behind_an_older_format_it_goes_on() -> None:
    old = bytearray(batch(record(0), next_offset=25_000))
    old[16] = 1
    here = Log([bytes(old), batch(record(25_000), next_offset=31_000), batch(record(40_000))])
    found = steps(scan(cluster(here), [span(0, 40_001)]))
    handed = [rest for rest, _ in left(found)]
    assert handed == [span(0, 10_000), span(10_000, 20_000), span(20_000, 30_000)]
    assert offsets(found) == [40_000]


def test_an_empty_answer_is_for_the_client_to_explain() -> None:
    here = log(10)
    here.fetched = lambda *_: Fetched(0, (), b"")  # type: ignore[method-assign]
    assert left(steps(scan(cluster(here), [span(0, 4)]))) == [(span(0, 4), Why.UNREADABLE)]


def test_a_broker_that_throttles_is_waited_for() -> None:
    here = log(10)
    answer, answers = here.fetched, iter([Fetched(0, (), b"", 0.01)] * 3)
    here.fetched = lambda *asked: next(answers, None) or answer(*asked)  # type: ignore[method-assign]
    found = steps(scan(cluster(here), [span(0, 10)]))
    assert (offsets(found), left(found)) == (list(range(10)), [])


def test_a_mistake_of_ours_is_raised_where_the_steps_are_taken() -> None:
    here = cluster(log())
    del here.logs[HERE]
    with pytest.raises(KeyError):
        steps(scan(here, [span(0, 20)]))
    wait_for_threads()


def test_no_spans_are_done_at_once() -> None:
    here = cluster(log())
    assert steps(scan(here, [])) == []
    assert here.opened == 0


def test_a_scan_that_is_left_ends_its_threads_and_its_connection() -> None:
    here = cluster(log(1_000))
    running = scan(here, [span(0, 1_000)]).steps()
    first(running)
    running.close()
    wait_for_threads()
    assert here.closed == here.opened == 1
    assert len(here.asked) < 100


def test_a_scan_of_a_broker_that_hangs_can_be_left() -> None:
    here = cluster(log(), hangs=True)
    running = scan(here, [span(0, 20)]).steps()
    assert next(running) is None
    wait_until(lambda: bool(here.asked))
    with soon():  # the broker hangs for an hour
        running.close()
    wait_for_threads()
    assert here.closed == 1


def wait_for_threads() -> None:
    wait_until(lambda: not threads(), every_s=0.005)


def first(running: Iterator[Step | None]) -> Step:
    """The first step that brings something."""
    return next(step for step in running if step is not None)


def fetch_all_there_is_room_for(scan: RawScan) -> None:
    """Let what fetches have many more turns than it needs."""
    for _ in range(200):
        had_a_turn = threading.Event()
        loop = scan._loop  # noqa: SLF001 - nothing else tells that it waits
        assert loop is not None
        loop.call_soon_threadsafe(had_a_turn.set)
        assert had_a_turn.wait(ENOUGH_S)


def test_not_more_is_fetched_than_is_taken() -> None:
    here = cluster(log(1_000))
    scanning = scan(here, [span(0, 1_000)])
    running = scanning.steps()
    first(running)
    fetch_all_there_is_room_for(scanning)
    assert 5 <= len(here.asked) <= 10
    assert offsets([step for step in running if step])[-1] == 999


def test_what_was_packed_tightly_takes_the_room_of_its_records() -> None:
    tight = Log([batch(*ten(n * 10), codec="zstd") for n in range(40)])
    here = cluster(tight)
    scanning = scan(here, [span(0, 400)], ahead_bytes=200_000)
    running = scanning.steps()
    found = [first(running)]
    fetch_all_there_is_room_for(scanning)
    assert 3 <= len(here.asked) <= 15, "ten records take 15 kB, their batch 150 bytes"
    found += [step for step in running if step is not None]
    assert offsets(found) == list(range(400))


def ten(at: int) -> list[Record]:
    return [record(at + n, value=b"v" * 1_000) for n in range(10)]


@pytest.mark.parametrize("ahead_bytes", [1, 100, 500])
def test_a_batch_that_is_larger_than_all_room_comes_alone(ahead_bytes: int) -> None:
    large = Log([batch(record(n, value=b"v" * 2_000)) for n in range(30)])
    here = cluster(large, log(30))
    scanning = scan(here, [span(0, 30), span(0, 30, THERE)], ahead_bytes=ahead_bytes)
    running = scanning.steps()
    found = [first(running)]
    fetch_all_there_is_room_for(scanning)
    assert len(here.asked) <= 4
    found += [step for step in running if step is not None]
    assert offsets(found) == offsets(found, THERE) == list(range(30))


def test_a_rate_is_kept_on_the_average() -> None:
    pace, now_s, sent = Pace(1_000), 0.0, 0
    for size in (400, 4_000, 1, 2_500, 100):
        now_s += pace.wait_s(now_s)
        assert sent <= 1_000 * now_s
        pace.sent(size, now_s)
        sent += size
    assert now_s + pace.wait_s(now_s) == pytest.approx(sent / 1_000)


def test_time_without_a_request_is_not_saved_up() -> None:
    pace = Pace(1_000)
    pace.sent(500, 0.0)
    pace.sent(500, 100.0)
    assert pace.wait_s(100.0) == pytest.approx(0.5)


def test_without_a_rate_only_the_broker_makes_us_wait() -> None:
    pace = Pace(None)
    pace.sent(10**9, 0.0)
    assert (pace.wait_s(0.0), pace.at_most(10**9)) == (0.0, 10**9)
    pace.rest(2.0, 5.0)
    assert pace.wait_s(6.0) == pytest.approx(1.0)


def test_a_slow_scan_asks_for_a_second_at_a_time() -> None:
    here = cluster(log(4, each=1))
    assert offsets(steps(scan(here, [span(0, 4)], response_bytes=4_000_000, rate=900))) == [
        *range(4)
    ]
    assert {size for _, _, size in here.asked} == {900}
