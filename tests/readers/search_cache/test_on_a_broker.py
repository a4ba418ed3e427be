"""Searches that remember, on a real broker: nothing that changes there makes them wrong."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from readers.kafka import KafkaSource
from readers.partition_check import verify_partitioner
from readers.partitioners import java_partition, librdkafka_partition
from readers.record import Record
from readers.search import find_key
from readers.search_cache.index_pass import IndexBuild, Indexed
from readers.source import NoticeKind
from tests.awkward import awkward_record
from tests.broker.broker import Broker
from tests.contract.rigs import KafkaRig, await_settled
from tests.readers.test_kafka_gaps import transactions
from tests.readers.test_partition_check import done

COUNT = 40


@pytest.fixture
def rig(broker: Broker) -> Iterator[KafkaRig]:
    rig = KafkaRig(broker)
    yield rig
    rig.close()


class Searching:
    """Each search is another process's: only the cache is the same."""

    def __init__(self, broker: Broker, folder: Path, **properties: str) -> None:
        self._broker = broker
        self._folder = folder
        self._properties = {name.replace("_", "."): value for name, value in properties.items()}
        self.remembered: list[str] = []

    def values(self, topic: str, key: bytes | None) -> list[bytes | None]:
        with closing(self.open()) as source:
            infos = source.topics([topic])
            steps = list(find_key(source, key, infos, infos[0].spans))
        notices = [notice for step in steps for notice in step.notices]
        assert {notice.kind for notice in notices} <= {NoticeKind.REMEMBERED}
        self.remembered = [notice.text.split(" offsets")[0] for notice in notices]
        return [record.value for step in steps for record in step.records]

    def open(self) -> KafkaSource:
        return KafkaSource(self._broker.bootstrap, self._properties, cache_folder=self._folder)


def records(topic: str, count: int = COUNT, *, keys: int = 4, turn: bytes = b"") -> list[Record]:
    return [
        awkward_record(turn + b"%d" % n)._replace(topic=topic, key=b"order-%d" % (n % keys))
        for n in range(count)
    ]


def test_only_new_records_are_read(broker: Broker, rig: KafkaRig, tmp_path: Path) -> None:
    topic = rig.topic()
    rig.append(records(topic))
    searching = Searching(broker, tmp_path)
    first = searching.values(topic, b"order-1")
    assert (len(first), searching.remembered) == (10, [])
    assert searching.values(topic, b"order-1") == first
    assert searching.remembered == ["40 of 40"]
    rig.append(records(topic, 8, turn=b"new "))
    assert searching.values(topic, b"order-1") == [*first, b"new 1", b"new 5"]
    assert searching.remembered == ["40 of 48"]
    assert searching.values(topic, b"absent") == []
    assert searching.remembered == []


def test_a_topic_made_again_is_read_anew(broker: Broker, rig: KafkaRig, tmp_path: Path) -> None:
    topic = rig.topic()
    rig.append(records(topic))
    searching = Searching(broker, tmp_path)
    assert searching.values(topic, b"another") == []
    rig.delete_topic(topic)
    rig.topic(name=topic)
    rig.append([*records(topic, 3), *records(topic, 2)])
    rig.append([awkward_record(b"x")._replace(topic=topic, key=b"another")])
    assert (searching.values(topic, b"another"), searching.remembered) == ([b"x"], [])


def test_aborted_records_are_remembered_for_who_reads_them_only(
    broker: Broker, rig: KafkaRig, tmp_path: Path
) -> None:
    topic = rig.topic()
    producer = transactions(broker, topic)
    committed = Searching(broker, tmp_path)
    uncommitted = Searching(broker, tmp_path, isolation_level="read_uncommitted")
    for _ in range(2):
        assert committed.values(topic, None) == [b"a", b"b", b"c"]
        assert uncommitted.values(topic, None) == [b"a", b"b", b"x", b"y", b"c", b"z"]
    producer.commit_transaction(60)
    await_settled(rig.open(), [topic])
    assert committed.values(topic, None) == [b"a", b"b", b"c", b"z"]
    assert committed.remembered == ["8 of 10"]


def test_a_partitioner_is_believed_as_long_as_new_records_bear_it_out(
    broker: Broker, rig: KafkaRig, tmp_path: Path
) -> None:
    topic = rig.topic(partitions=3)
    searching = Searching(broker, tmp_path)

    def put(number: int, with_java: bool = True) -> Record:
        key = b"order-%d" % number
        partition = (java_partition if with_java else librdkafka_partition)(key, 3)
        return awkward_record(b"")._replace(topic=topic, key=key, partition=partition)

    def sampled() -> int | None:
        with closing(searching.open()) as source:
            verified = done(verify_partitioner(source, source.topics([topic])[0]))
        return verified and verified.sampled

    rig.append(put(n) for n in range(60))
    assert (sampled(), sampled()) == (60, 60)
    rig.append(put(n) for n in range(10))
    assert sampled() == 70
    rig.append(put(n, with_java=False) for n in range(10))
    assert sampled() is None


def test_records_that_a_crash_took_from_the_log_are_not_believed_in(
    own_broker: Broker, tmp_path: Path
) -> None:
    with closing(KafkaRig(own_broker)) as rig:
        topic = rig.topic()
        rig.append(records(topic))
        rig.append(records(topic, turn=b"lost "))
    searching = Searching(own_broker, tmp_path)
    assert searching.values(topic, b"another") == []
    own_broker.kill()
    own_broker.cut_off(topic)
    own_broker.start()
    with closing(KafkaRig(own_broker)) as rig:
        rig.append([awkward_record(b"new")._replace(topic=topic, key=b"another")] * 60)
    assert searching.values(topic, b"another") == [b"new"] * 60
    assert searching.remembered == []
    assert searching.values(topic, b"another") == [b"new"] * 60
    assert searching.remembered != []


def test_an_index_spares_the_search_for_any_key(
    broker: Broker, rig: KafkaRig, tmp_path: Path
) -> None:
    topic = rig.topic(partitions=3)
    rig.append(records(topic, 3_000, keys=300))
    searching = Searching(broker, tmp_path)
    (built,) = index(searching, topic)
    assert (built.offsets, built.now, built.added, built.is_whole) == (3_000, 3_000, 3_000, True)
    found = searching.values(topic, b"order-7")
    assert (len(found), searching.remembered) == (10, ["3,000 of 3,000"])
    rig.append(records(topic, 8, turn=b"new "))
    assert searching.values(topic, b"absent") == []
    assert searching.remembered == ["3,000 of 3,008"]
    assert [built.added for built in index(searching, topic)] == [8]
    assert len(searching.values(topic, b"order-3")) == 12
    assert searching.remembered == ["3,008 of 3,008"]


class LittleRoom(KafkaSource):
    """A cluster beside a cache that is nearly full."""

    index_offsets_max = 500


def test_of_a_topic_that_is_too_large_the_newest_are_indexed(
    broker: Broker, rig: KafkaRig, tmp_path: Path
) -> None:
    topic = rig.topic()
    rig.append(records(topic, 2_000))
    searching = Searching(broker, tmp_path)
    with closing(LittleRoom(broker.bootstrap, {}, cache_folder=tmp_path)) as source:
        (built,) = built_index(source, topic)
    assert (built.now, built.room, built.is_whole) == (500, 500, False)
    assert searching.values(topic, b"absent") == []
    assert searching.remembered == ["500 of 2,000"]


def test_aborted_records_are_in_no_index_of_committed_ones(
    broker: Broker, rig: KafkaRig, tmp_path: Path
) -> None:
    topic = rig.topic()
    producer = transactions(broker, topic)
    searching = Searching(broker, tmp_path)
    index(searching, topic)
    producer.commit_transaction(60)
    await_settled(rig.open(), [topic])
    assert searching.values(topic, None) == [b"a", b"b", b"c", b"z"]
    assert searching.remembered == ["8 of 10"]


def index(searching: Searching, topic: str) -> tuple[Indexed, ...]:
    with closing(searching.open()) as source:
        return built_index(source, topic)


def built_index(source: KafkaSource, topic: str) -> tuple[Indexed, ...]:
    build = IndexBuild(source, source.topics([topic]))
    last = [*build.steps()][-1]
    assert last.searched == last.total
    return build.told()
