"""A flood is read by whole batches: all that is passed over is counted, trouble costs nothing."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from readers.kafka_flood import Flood, FloodOver, open_flood
from readers.newest import follow_newest
from readers.raw_batches.connection import ConnectionLost
from readers.raw_batches.follow import RawFollow
from readers.raw_batches.how import How
from readers.raw_batches.look import Response
from readers.record import Position, Record, Span, TopicPartition
from readers.source import Batch, Passed
from tests.broker.broker import Broker
from tests.contract.rigs import KafkaRig
from tests.contract.test_newest import FEW_PER_S, followed
from tests.contract.test_sources import numbers, records_in
from tests.contract.test_sources import record as numbered
from tests.readers.raw_batches.batches import AT, HERE, FakeCluster, Log, batch, marker, record

THERE = TopicPartition(HERE.topic, 1)
MANY = 60_000
PARTITIONS = 3


def flood_of(cluster: FakeCluster, *, committed: bool = True) -> Flood:
    how = How(connect=cluster.connect, committed=committed, timeout_s=5.0)  # type: ignore[arg-type]
    return Flood(RawFollow(dict.fromkeys(cluster.logs, AT), how))


def log(*ranges: tuple[int, int], later_ms: int = 0) -> Log:
    """A batch for each range of offsets, each a second newer than the one before."""
    return Log(
        [
            batch(*(record(n, timestamp_ms=1_000 * number + later_ms) for n in range(*offsets)))
            for number, offsets in enumerate(ranges)
        ]
    )


def taken(
    flood: Flood, positions: dict[TopicPartition, int], limit: int
) -> tuple[dict[TopicPartition, list[int]], tuple[Passed, ...], dict[TopicPartition, int]]:
    """The offsets chosen, what was passed over, and where each partition was read to."""
    newest, reached = flood.newest(positions, limit, lambda: False)
    flood.close()
    chosen, passed = newest.chosen()
    return {place: [r.offset for r in kept] for place, kept in chosen.items()}, passed, reached


def test_only_the_newest_batches_become_records_the_rest_is_counted() -> None:
    cluster = FakeCluster({HERE: log((0, 10), (10, 20)), THERE: log((0, 5), (5, 9), later_ms=500)})
    chosen, passed, reached = taken(flood_of(cluster), {HERE: 0, THERE: 0}, 6)
    assert chosen == {HERE: [18, 19], THERE: [5, 6, 7, 8]}
    assert set(passed) == {Passed(Span(*HERE, 0, 18), 18), Passed(Span(*THERE, 0, 5), 5)}
    assert reached == {HERE: 20, THERE: 9}


def test_a_partition_without_anything_new_is_passed_over_whole() -> None:
    cluster = FakeCluster({HERE: log((0, 10)), THERE: log((0, 9), later_ms=500)})
    chosen, passed, _ = taken(flood_of(cluster), {HERE: 0, THERE: 0}, 4)
    assert chosen == {THERE: [5, 6, 7, 8]}
    assert set(passed) == {Passed(Span(*HERE, 0, 10), 10), Passed(Span(*THERE, 0, 5), 5)}


def test_of_a_batch_that_was_read_in_part_only_the_rest_counts() -> None:
    cluster = FakeCluster({HERE: log((0, 10), (10, 20))})
    chosen, passed, _ = taken(flood_of(cluster), {HERE: 7}, 4)
    assert chosen == {HERE: [16, 17, 18, 19]}
    assert passed == (Passed(Span(*HERE, 7, 16), 9),)


def test_aborted_records_and_markers_are_neither_shown_nor_counted() -> None:
    written = [
        batch(*map(record, range(10))),
        batch(*map(record, range(10, 20)), producer_id=7, is_transactional=True),
        marker(20, 7, commit=False),
        batch(*map(record, range(21, 31))),
    ]
    cluster = FakeCluster({HERE: Log(written, aborted=[(7, 10)])})
    chosen, passed, reached = taken(flood_of(cluster), {HERE: 0}, 5)
    assert chosen == {HERE: [26, 27, 28, 29, 30]}
    assert passed == (Passed(Span(*HERE, 0, 26), 15),)
    assert reached == {HERE: 31}


def test_what_compaction_removed_is_not_counted() -> None:
    thinned = batch(*(record(n) for n in (0, 3, 4, 7, 9)), next_offset=20)
    cluster = FakeCluster({HERE: Log([thinned, batch(*map(record, range(20, 30)))])})
    chosen, passed, _ = taken(flood_of(cluster), {HERE: 0}, 10)
    assert chosen == {HERE: list(range(20, 30))}
    assert passed == (Passed(Span(*HERE, 0, 20), 5),)


@pytest.mark.parametrize(
    "harm",
    [
        lambda cluster: cluster.logs[THERE].errors.append(6),
        lambda cluster: setattr(cluster, "loses_after", 1),
        lambda cluster: cluster.failures.append(ConnectionLost("refused")),
        lambda cluster: setattr(cluster.logs[THERE], "start", 5),
        lambda cluster: setattr(
            cluster.logs[THERE], "batches", [bytes(bytearray(log((0, 9)).batches[0])[:-1]) + b"?"]
        ),
    ],
    ids=["another leader", "connection lost", "not reached", "expired", "damaged"],
)
def test_with_any_trouble_the_client_goes_on(harm: Callable[[FakeCluster], object]) -> None:
    cluster = FakeCluster({HERE: log((0, 10)), THERE: log((0, 9))})
    harm(cluster)
    flood = flood_of(cluster)
    with pytest.raises(FloodOver):
        flood.newest({HERE: 0, THERE: 0}, 4, lambda: False)
    flood.close()


def test_small_batches_are_no_gain() -> None:
    cluster = FakeCluster({HERE: log(*((n, n + 1) for n in range(30)))})
    flood = flood_of(cluster)
    with pytest.raises(FloodOver):
        flood.newest({HERE: 0}, 4, lambda: False)
    flood.close()


def test_a_login_that_only_the_client_knows_is_left_to_it() -> None:
    properties = {"security.protocol": "SASL_SSL", "sasl.mechanisms": "GSSAPI"}
    with pytest.raises(FloodOver):
        open_flood(properties, {}, [HERE])


@pytest.fixture
def rig(broker: Broker) -> Iterator[KafkaRig]:
    rig = KafkaRig(broker)
    yield rig
    rig.close()


class Turns:
    """The turns of floods: how many there were, and which of them fails, from 1 on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.failing: int | None = None
        turn = RawFollow.turn

        def counted(follow: RawFollow, positions: Mapping[TopicPartition, int]) -> list[Response]:
            self.count += 1
            found = turn(follow, positions)
            if self.count == self.failing:
                raise ConnectionLost("as it were")
            return found

        monkeypatch.setattr(RawFollow, "turn", counted)


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    return Turns(monkeypatch)


def follow_all(rig: KafkaRig, topic: str, then: Sequence[Record]) -> list[Batch]:
    """The batches of a follow from the beginning, until what is appended in its midst came too."""
    deadline, batches, came = time.monotonic() + 120, [], 0
    starts = [Position(topic, partition, 0) for partition in range(PARTITIONS)]
    for each in follow_newest(rig.open(), starts, FEW_PER_S):
        assert time.monotonic() < deadline, f"only {came} came"
        batches.append(each)
        before, came = came, came + len(each.records) + sum(p.count for p in each.passed)
        if before < MANY <= came:
            rig.append(then)
        if came == MANY + len(then):
            break
    return batches


@pytest.mark.broker
@pytest.mark.parametrize("failing", [None, 1, 3])
def test_of_a_flood_nothing_is_lost_and_what_comes_behind_it_comes_too(
    rig: KafkaRig, turns: Turns, failing: int | None
) -> None:
    topic, turns.failing = rig.topic(PARTITIONS), failing
    sent = [large(topic, n) for n in range(MANY + 9)]
    rig.append(sent[:MANY])
    batches = follow_all(rig, topic, sent[MANY:])
    records, spans, count = followed(batches)
    missing = records_in(rig.open().read(spans))
    assert turns.count >= (failing or 2)
    assert count == len(missing) == len(sent) - len(records)
    assert sorted(numbers([*records, *missing])) == list(range(len(sent)))


def large(topic: str, n: int) -> Record:
    """So large that many of them take several turns, whoever read the first of them."""
    return numbered(topic, n, partition=n % PARTITIONS)._replace(headers=(("pad", b"-" * 800),))


@pytest.mark.broker
def test_a_page_that_is_read_in_the_midst_of_a_flood_misses_nothing(
    rig: KafkaRig, turns: Turns
) -> None:
    topic, source = rig.topic(PARTITIONS), rig.open()
    rig.append(numbered(topic, n, partition=n % PARTITIONS) for n in range(MANY))
    starts = [Position(topic, partition, 0) for partition in range(PARTITIONS)]
    following = follow_newest(source, starts, FEW_PER_S)
    while not turns.count:
        next(following)
    page: list[Record] = []
    for read in source.read([Span(*start[:2], 0, MANY // PARTITIONS) for start in starts]):
        page += read.records
        next(following)
    assert sorted(numbers(page)) == list(range(MANY))
