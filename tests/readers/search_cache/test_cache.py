"""The file that remembers searches: what it gives back, and that nothing about it is an error."""

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from readers.partition_check import Verified
from readers.search_cache.cache import SearchCache
from readers.search_cache.rows import Log
from readers.search_cache.scanned import Scanned, Stretch

LOG = Log("cluster", "topic-id", "orders", committed=True)
SOME = Scanned((Stretch(0, 100, 1), Stretch(100, 120, 3)), ((7, 8), (9_090, 9_091)))
REMEMBER_MANY = """
import sys
from pathlib import Path
from tests.readers.search_cache.test_cache import LOG, SOME
from readers.search_cache.cache import SearchCache
cache = SearchCache(Path(sys.argv[1]))
for n in range(20):
    cache.remember(LOG, {(sys.argv[2].encode() + b"%d" % n, 0): SOME, (b"shared", n): SOME})
"""


@pytest.fixture
def cache(tmp_path: Path) -> SearchCache:
    return SearchCache(tmp_path)


def test_what_was_found_is_known_to_the_next_process(cache: SearchCache) -> None:
    cache.remember(LOG, {(b"a", 0): SOME, (b"a", 3): Scanned((Stretch(5, 6, 0),))})
    later = SearchCache(cache.path.parent)
    assert later.known(LOG, [b"a", b"b"]) == {
        (b"a", 0): SOME,
        (b"a", 3): Scanned((Stretch(5, 6, 0),)),
    }


def test_what_is_found_later_is_added(cache: SearchCache) -> None:
    cache.remember(LOG, {(b"a", 0): Scanned((Stretch(0, 10, 1),), ((3, 4),))})
    cache.remember(LOG, {(b"a", 0): Scanned((Stretch(10, 9_000, 1),), ((4_000, 4_001),))})
    both = Scanned((Stretch(0, 9_000, 1),), ((3, 4), (4_000, 4_001)))
    assert cache.known(LOG, [b"a"]) == {(b"a", 0): both}


def test_null_and_empty_keys_are_two(cache: SearchCache) -> None:
    cache.remember(LOG, {(None, 0): SOME})
    assert cache.known(LOG, [b"", b"="]) == {}
    assert cache.known(LOG, [None]) == {(None, 0): SOME}


@pytest.mark.parametrize(
    "other",
    [
        replace(LOG, topic_id="made-again"),
        replace(LOG, cluster_id="another"),
        replace(LOG, committed=False),
    ],
)
def test_another_log_is_another(cache: SearchCache, other: Log) -> None:
    cache.remember(LOG, {(b"a", 0): SOME})
    assert cache.known(other, [b"a"]) == {}


def test_a_partitioner_is_known_for_as_many_partitions(cache: SearchCache) -> None:
    verified = Verified("murmur2, as Java's", 1_999, {0: 5, 1: 7})
    cache.keep_partitioner(LOG, 2, verified)
    assert cache.partitioner(LOG, 2) == verified
    assert cache.partitioner(LOG, 3) is None


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    hours = count(step=7_200)
    cache = SearchCache(tmp_path, 100_000, lambda: next(hours))
    areas = tuple((at, at + 1) for at in range(0, 2_500_000, 5_000))
    for n in range(100):
        cache.remember(LOG, {(b"%d" % n, 0): Scanned(SOME.stretches, areas)})
        assert cache.known(LOG, [b"0"]), "used again and again"
    assert cache.size_bytes < 150_000
    assert cache.known(LOG, [b"99"])
    assert not cache.known(LOG, [b"1"])


def test_of_what_was_used_at_once_not_all_goes(tmp_path: Path) -> None:
    cache = SearchCache(tmp_path, 100_000, count().__next__)
    areas = tuple((at, at + 1) for at in range(0, 2_500_000, 5_000))
    for n in range(40):
        cache.remember(LOG, {(b"%d" % n, 0): Scanned(SOME.stretches, areas)})
    assert cache.known(LOG, [b"39"])
    assert cache.known(LOG, [b"38"])


def test_more_than_there_is_room_for_is_not_kept(tmp_path: Path) -> None:
    cache = SearchCache(tmp_path, 1_000)
    cache.remember(LOG, {(b"a", 0): SOME})
    assert cache.known(LOG, [b"a"]) == {}


def test_it_tells_what_it_holds_and_forgets_a_topic(cache: SearchCache) -> None:
    payments = Log("cluster", "other-id", "payments", committed=False)
    cache.remember(LOG, {(b"a", 0): SOME, (b"a", 1): SOME, (b"b", 0): SOME})
    cache.keep_partitioner(LOG, 2, Verified("murmur2, as Java's", 20))
    cache.remember(payments, {(b"a", 0): SOME})
    told = {topic.topic: (topic.keys, topic.ranges, topic.offsets) for topic in cache.topics()}
    assert told == {"orders": (2, 6, 360), "payments": (1, 2, 120)}
    cache.forget("orders")
    assert [topic.topic for topic in cache.topics()] == ["payments"]
    assert cache.partitioner(LOG, 2) is None
    cache.forget()
    assert (cache.topics(), cache.size_bytes) == ((), 0)


def test_nothing_is_made_by_asking(tmp_path: Path) -> None:
    cache = SearchCache(tmp_path / "none")
    assert (cache.known(LOG, [b"a"]), cache.topics()) == ({}, ())
    assert not (tmp_path / "none").exists()


def test_only_the_user_can_read_it(cache: SearchCache) -> None:
    cache.remember(LOG, {(b"a", 0): SOME})
    assert cache.path.stat().st_mode & 0o077 == 0


def test_the_file_of_another_version_is_replaced(cache: SearchCache) -> None:
    old = cache.path.with_name("searches-0.sqlite")
    old.write_bytes(b"of an older version")
    cache.remember(LOG, {(b"a", 0): SOME})
    assert not old.exists()
    assert cache.known(LOG, [b"a"])


@pytest.mark.parametrize(
    "damage",
    [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 5_000],
    ids=["empty", "text", "header"],
)
def test_a_damaged_file_is_thrown_away(cache: SearchCache, damage: bytes) -> None:
    cache.path.write_bytes(damage)
    assert cache.known(LOG, [b"a"]) == {}
    cache.remember(LOG, {(b"a", 0): SOME})
    cache.remember(LOG, {(b"a", 0): SOME})
    assert cache.known(LOG, [b"a"]) == {(b"a", 0): SOME}


def test_a_file_with_other_tables_is_thrown_away(cache: SearchCache) -> None:
    with closing(sqlite3.connect(cache.path)) as file:
        file.execute("CREATE TABLE kept (x)")
        file.execute("PRAGMA user_version = 1")
    assert cache.known(LOG, [b"a"]) == {}
    cache.remember(LOG, {(b"a", 0): SOME})
    assert cache.known(LOG, [b"a"]) == {(b"a", 0): SOME}


def test_a_file_that_fell_over_knows_nothing_wrong(cache: SearchCache) -> None:
    cache.remember(LOG, {(b"a", 0): SOME})
    whole = cache.path.read_bytes()
    used = [at for at, byte in enumerate(whole) if byte]
    for at in used:
        cache.path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x11]) + whole[at + 1 :])
        assert cache.known(LOG, [b"a"]) in ({}, {(b"a", 0): SOME}), at
        assert all(topic.offsets in (0, 120) for topic in cache.topics())


def test_without_a_folder_nothing_is_remembered(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.touch()
    cache = SearchCache(blocked / "kstory")
    cache.remember(LOG, {(b"a", 0): SOME})
    assert cache.known(LOG, [b"a"]) == {}


def test_on_a_full_disk_what_is_known_stays_known(cache: SearchCache) -> None:
    cache.remember(LOG, {(b"a", 0): SOME})
    areas = tuple((at, at + 1) for at in range(0, 5_000_000, 5_000))
    with file_size_limit(cache.size_bytes):
        cache.remember(LOG, {(b"b", 0): Scanned(SOME.stretches, areas)})
    later = SearchCache(cache.path.parent)
    assert later.known(LOG, [b"a", b"b"]) == {(b"a", 0): SOME}


@contextmanager
def file_size_limit(size_bytes: int) -> Iterator[None]:
    """No file may grow further."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_another_process_that_holds_the_file_is_not_waited_for(cache: SearchCache) -> None:
    cache.remember(LOG, {(b"a", 0): SOME})
    with closing(sqlite3.connect(cache.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert cache.known(LOG, [b"a"]) == {}
        other.execute("ROLLBACK")
    assert cache.known(LOG, [b"a"]) == {(b"a", 0): SOME}


def test_two_processes_remember_at_once(tmp_path: Path) -> None:
    names = ("one", "two")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", REMEMBER_MANY, str(tmp_path), name],
            cwd=Path(__file__).parents[3],
        )
        for name in names
    ]
    assert [process.wait(60) for process in processes] == [0, 0]
    keys = [b"%s%d" % (name.encode(), n) for name in names for n in range(20)]
    cache = SearchCache(tmp_path)
    assert len(cache.known(LOG, keys)) == 40
    assert len(cache.known(LOG, [b"shared"])) == 20
