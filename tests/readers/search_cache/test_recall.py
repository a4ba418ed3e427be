"""Scans that remember: they find what a scan finds that does not, and read less."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers.kafka_admin import TopicFacts
from readers.kafka_scan import KafkaScan
from readers.raw_batches.connection import NotServed
from readers.record import Record, Span, TopicPartition
from readers.search_cache.cache import SearchCache
from readers.source import Batch, NoticeKind
from readers.wanted import Wanted
from tests.readers.raw_batches.batches import HERE, FakeCluster, Log, batch, record

FAR = 3_000
"""Offsets between two records that are not read as one."""
KEYS = (b"a", b"b", None)
A = Wanted(frozenset({b"a"}))


class Admin:
    """Says who leads; the topic's id may change."""

    cluster_id = "cluster"

    def __init__(self, topic_id: str | None = "id", partitions: int = 1) -> None:
        self.topic_id = topic_id
        self.error: str | None = None
        self.numbers = tuple(range(partitions))

    def facts(self, names: Collection[str]) -> dict[str, TopicFacts]:
        leaders = dict.fromkeys(self.numbers, ("127.0.0.1", 9092))
        name = HERE.topic
        return {name: TopicFacts(name, self.topic_id, False, self.numbers, (), self.error, leaders)}

    def bounds(self, place: TopicPartition) -> tuple[int, int] | None:
        raise AssertionError("no log is another than it was")


class World:
    """A cluster in memory, and scans of it that share a cache."""

    def __init__(self, folder: Path, *logs: Log) -> None:
        places = [TopicPartition(HERE.topic, number) for number in range(len(logs))]
        self.cluster = FakeCluster(dict(zip(places, logs, strict=True)))
        self.admin = Admin(partitions=len(logs))
        self.client_read: list[Span] = []
        self.folder = folder
        self.batches: list[Batch] = []

    def scan(
        self, wanted: Wanted = A, spans: Sequence[Span] | None = None, *, remembers: bool = True
    ) -> list[Record]:
        scan = self.scanner(SearchCache(self.folder) if remembers else None)
        self.cluster.asked.clear()
        self.batches = list(scan.scan(wanted, spans or self.whole))
        records = [record for batch in self.batches for record in batch.records]
        return sorted(records, key=lambda record: record.partition)

    def index(self, spans: Sequence[Span] | None = None) -> None:
        """Index the keys of what is not indexed yet."""
        self.cluster.asked.clear()
        self.batches = list(self.scanner(SearchCache(self.folder)).index(spans or self.whole))
        assert not any(batch.records for batch in self.batches)

    def scanner(self, cache: SearchCache | None) -> KafkaScan:
        return KafkaScan(
            {},
            self.admin,  # type: ignore[arg-type]
            self.by_client,
            cache=cache,
            connect=self.cluster.connect,  # type: ignore[arg-type]
        )

    def same(self, wanted: Wanted = A, spans: Sequence[Span] | None = None) -> list[Record]:
        """What a scan finds, which has to be what one without a memory finds."""
        plain = self.scan(wanted, spans, remembers=False)
        assert self.scan(wanted, spans) == plain
        return plain

    @property
    def whole(self) -> list[Span]:
        return [Span(*place, log.start, log.end) for place, log in self.cluster.logs.items()]

    @property
    def fetched(self) -> list[int]:
        """The offsets that the last scan asked for."""
        return [offset for _, offset, _ in self.cluster.asked]

    @property
    def told(self) -> list[str]:
        return [
            notice.text
            for batch in self.batches
            for notice in batch.notices
            if notice.kind is NoticeKind.REMEMBERED
        ]

    @property
    def reached(self) -> dict[TopicPartition, int]:
        found: dict[TopicPartition, int] = {}
        for each in self.batches:
            assert all(found.get(place, 0) <= at for place, at in each.reached.items())
            found |= each.reached
        return found

    def by_client(self, spans: Sequence[Span]) -> Iterator[Batch]:
        self.client_read += spans
        for span in spans:
            yield Batch(reached={span.topic_partition: span.end_exclusive})


def log(*keys: bytes | None, each: int = 1, epoch: int = 0, first: int = 0) -> Log:
    """Records far apart, each in a batch of its own."""
    return Log([one(first + n, key, epoch) for n, key in enumerate(keys)])


def one(n: int, key: bytes | None, epoch: int = 0) -> bytes:
    return batch(record(n * FAR, key=key), next_offset=(n + 1) * FAR, epoch=epoch)


def append(log: Log, *keys: bytes | None, epoch: int = 0) -> None:
    log.batches = [
        *log.batches,
        *(one(log.end // FAR + n, key, epoch) for n, key in enumerate(keys)),
    ]


def test_a_second_scan_reads_only_where_the_key_lies(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"a", b"b", b"b", b"a", b"b"))
    first = world.scan()
    assert [found.offset for found in first] == [0, 3 * FAR]
    assert world.fetched == [0]
    assert world.told == []
    assert world.scan() == first
    assert world.fetched == [0, 3 * FAR]
    assert world.told == [
        "15,000 of 15,000 offsets were searched before; --no-cache searches them again."
    ]


def test_only_what_is_new_is_read_besides(tmp_path: Path) -> None:
    here = log(b"b", b"a", b"b")
    world = World(tmp_path, here)
    world.scan()
    append(here, b"b", b"a")
    assert [found.offset for found in world.same()] == [FAR, 4 * FAR]
    assert world.fetched == [FAR, 3 * FAR]
    assert world.told[0].startswith("9,000 of 15,000 offsets")


def test_a_key_that_is_not_there_is_known_not_to_be(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"b", b"b"), log(b"b"))
    world.scan()
    assert world.scan() == []
    assert world.fetched == []
    assert world.reached == {span.topic_partition: span.end_exclusive for span in world.whole}
    assert len(world.cluster.claimed) == 1, "both partitions in one question"


def test_progress_jumps_over_what_is_known(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"b", b"b", b"a", b"b"))
    world.scan()
    world.scan()
    reached = [at for each in world.batches for at in each.reached.values()]
    assert reached == [2 * FAR, 4 * FAR]


def test_another_key_is_searched_for_itself(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"a", b"b", None, b""))
    world.scan()
    for key in (b"b", None, b""):
        assert len(world.same(Wanted(frozenset({key})))) == 1
        assert world.told == []


def test_of_two_keys_what_is_not_known_of_both_is_read(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"a", b"b", b"b", b"c"))
    world.scan()
    both = Wanted(frozenset({b"a", b"b"}))
    assert len(world.same(both)) == 3
    assert len(world.same(both)) == 3
    assert world.fetched == [0, FAR, 2 * FAR]


def test_texts_are_looked_for_where_the_key_lies_and_not_remembered(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"a", b"b", b"a"))
    nothing = Wanted(frozenset({b"a"}), (b"absent",))
    assert world.same(nothing) == []
    assert len(world.scan()) == 2
    assert world.same(nothing) == []
    assert world.fetched == [0, 2 * FAR]


def test_parts_are_put_together(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"a", b"b", b"b", b"a", b"b", b"b"))
    world.scan(spans=[Span(*HERE, 0, 2 * FAR)])
    world.scan(spans=[Span(*HERE, 4 * FAR, 6 * FAR)])
    assert len(world.same()) == 2
    assert world.fetched == [0, 2 * FAR], "of the middle all, of the rest where the key lies"
    assert len(world.same()) == 2
    assert world.fetched == [0, 3 * FAR]


def test_a_scan_that_is_stopped_remembers_how_far_it_came(tmp_path: Path) -> None:
    world = World(tmp_path, log(*[b"b"] * 3_000))
    scan = world.scanner(SearchCache(tmp_path))
    steps = scan.scan(A, [Span(*HERE, n * FAR, (n + 1) * FAR) for n in range(3_000)])
    while not next(steps).reached:
        pass
    steps.close()
    world.scan()
    assert 0 < min(world.fetched) < 3_000 * FAR


def test_records_that_are_gone_are_not_found_any_more(tmp_path: Path) -> None:
    here = log(b"a", b"a", b"b", b"a")
    world = World(tmp_path, here)
    assert len(world.scan()) == 3
    here.batches = [batch(next_offset=FAR), *here.batches[1:]]  # compacted
    assert len(world.same()) == 2
    here.start = 2 * FAR  # expired
    assert len(world.same()) == 1


def test_a_topic_made_again_is_another(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"b", b"b"))
    world.scan()
    world.cluster.logs[HERE] = log(b"a", b"a")
    world.admin.topic_id = "made again"
    assert len(world.same()) == 2


def test_a_topic_without_an_id_is_not_remembered(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"a"))
    world.admin.topic_id = None
    world.scan()
    assert not list(tmp_path.iterdir())


def test_what_an_election_has_lost_is_read_again(tmp_path: Path) -> None:
    here = log(b"b", b"b", b"b", b"b")
    world = World(tmp_path, here)
    world.scan()
    here.batches = here.batches[:2]  # a replica that was behind leads
    append(here, b"a", b"a", epoch=1)
    assert [found.offset for found in world.same()] == [2 * FAR, 3 * FAR]
    assert world.told == []
    assert len(world.same()) == 2
    assert world.fetched == [2 * FAR, 3 * FAR], "and is remembered anew"


def test_an_election_that_lost_nothing_changes_nothing(tmp_path: Path) -> None:
    here = log(b"b", b"a")
    world = World(tmp_path, here)
    world.scan()
    append(here, b"b", epoch=7)
    world.same()
    append(here, b"b", epoch=9)
    assert len(world.same()) == 1
    assert world.fetched == [FAR, 3 * FAR]


def test_what_two_logs_had_is_never_put_together(tmp_path: Path) -> None:
    here = log(b"b", b"b", b"b", b"b")
    world = World(tmp_path, here)
    world.scan()
    here.batches = here.batches[:1]
    append(here, b"a", b"a", b"a", b"b", b"b", epoch=1)
    world.scan(spans=[Span(*HERE, 4 * FAR, 6 * FAR)])
    assert len(world.same()) == 3


def test_without_the_leaders_word_nothing_is_believed(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"b", b"a"))
    world.scan()
    world.cluster.tells_epochs = False
    assert len(world.same()) == 1
    assert (world.fetched, world.told) == ([0], [])


def test_a_connection_that_is_refused_leaves_all_to_the_client(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"b", b"a", b"b"))
    world.scan()
    world.cluster.failures = [NotServed("no"), NotServed("no")]
    world.scan()
    assert world.client_read == world.whole


@pytest.mark.parametrize("asked", [Span(*HERE, 0, 3 * FAR), Span(*HERE, 2 * FAR, 3 * FAR)])
def test_who_is_refused_hears_it_whatever_is_remembered(tmp_path: Path, asked: Span) -> None:
    world = World(tmp_path, log(b"b", b"b", b"b"))
    world.scan(spans=[Span(*HERE, 0, FAR)])
    world.admin.error = "not permitted"
    world.scan(spans=[asked])
    assert world.client_read == [asked]


def test_what_the_client_had_to_read_is_read_again(tmp_path: Path) -> None:
    here = log(b"b", b"b", b"b")
    damaged = bytearray(here.batches[1])
    damaged[-1] ^= 1
    here.batches = [here.batches[0], bytes(damaged), here.batches[2]]
    world = World(tmp_path, here)
    world.scan()
    world.client_read.clear()
    world.scan()
    assert world.client_read == [Span(*HERE, 0, 3 * FAR)], "all of one response"


def test_records_of_no_epoch_are_not_remembered(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"a", epoch=-1))
    assert len(world.same()) == 1
    assert not list(tmp_path.iterdir())


def test_many_keys_at_once_are_not_remembered(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"a", b"1"))
    assert len(world.scan(Wanted(frozenset({b"%d" % n for n in range(200)})))) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("count", [300])
def test_a_key_that_is_everywhere_is_read_in_one_go(tmp_path: Path, count: int) -> None:
    dense = Log([batch(*(record(n, key=b"a") for n in range(count)))])
    world = World(tmp_path, dense)
    world.scan()
    assert len(world.same()) == count
    assert world.fetched == [0]


WRITE, COMPACT, EXPIRE, ELECT, LOSE, INDEX = range(6)
PART = st.floats(0, 1)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([WRITE, WRITE, WRITE, COMPACT, EXPIRE, ELECT, LOSE, INDEX]),
        st.lists(st.sampled_from(KEYS), min_size=1, max_size=4),
        PART,
        st.tuples(PART, PART),
        st.frozensets(st.sampled_from(KEYS), min_size=1, max_size=2),
    ),
    min_size=6,
    max_size=10,
)


@settings(max_examples=25)
@given(STEPS)
def test_whatever_becomes_of_a_log_the_same_is_found(steps: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        here, epoch = log(b"b", b"b"), 0
        world = World(Path(folder), here)
        for what, keys, where, part, wanted in steps:
            epoch += what in (ELECT, LOSE)
            change(here, what, keys, where, epoch)
            if what == INDEX and world.whole[0].width:
                world.index()
            first, last = sorted(here.start + int(at * (here.end - here.start)) for at in part)
            span = Span(*HERE, first, last) if first % 2 and first < last else world.whole[0]
            if span.width:
                world.same(Wanted(wanted), [span])
                assert world.reached[HERE] == span.end_exclusive


def change(log: Log, what: int, keys: Sequence[bytes | None], where: float, epoch: int) -> None:
    """What becomes of a log: written to, compacted, expired, or cut off by an election."""
    at = int(where * (len(log.batches) - 1))
    if what == EXPIRE:
        log.start += int(where * (log.end - log.start))
    if what == COMPACT:
        log.batches = [each for n, each in enumerate(log.batches[:-1]) if n != at] + [
            log.batches[-1]
        ]
    if what == LOSE:
        log.batches = log.batches[: at + 1]
        log.start = min(log.start, log.end)
    if what in (WRITE, LOSE):
        append(log, *keys, epoch=epoch)
