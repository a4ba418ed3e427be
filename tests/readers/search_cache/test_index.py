"""Scans of topics whose keys were indexed: for any key they read only where it can be."""

from pathlib import Path

import pytest

from readers.errors import SourceRefused, UsageError
from readers.raw_batches.block_keys import BLOCK_OFFSETS
from readers.record import Span
from readers.search_cache.cache import SearchCache
from readers.search_cache.key_index import PART_OFFSETS
from readers.wanted import Wanted
from tests.readers.raw_batches.batches import HERE, Log, batch, record
from tests.readers.search_cache.test_recall import FAR, World, append, log


def only(key: bytes | None) -> Wanted:
    return Wanted(frozenset({key}))


def block(offset: int) -> int:
    """The first offset of the block that one is in."""
    return offset // BLOCK_OFFSETS * BLOCK_OFFSETS


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, log(b"a", b"b", b"c", b"b", None, b""))


@pytest.mark.parametrize(
    ("key", "places"),
    [(b"a", [0]), (b"b", [1, 3]), (b"absent", []), (None, [4]), (b"", [5])],
)
def test_any_key_is_read_only_where_it_lies(
    world: World, key: bytes | None, places: list[int]
) -> None:
    world.index()
    assert [found.offset for found in world.same(only(key))] == [at * FAR for at in places]
    assert world.fetched == [block(at * FAR) for at in places]
    assert world.told == [
        "18,000 of 18,000 offsets were searched before; --no-cache searches them again."
    ]


def test_what_is_new_is_read_besides_and_indexed_alone(tmp_path: Path) -> None:
    here = log(b"a", b"b")
    world = World(tmp_path, here)
    world.index()
    append(here, b"a", b"c")
    assert len(world.same(only(b"a"))) == 2
    assert world.fetched == [0, 2 * FAR]
    world.index()
    assert world.fetched == [2 * FAR]
    assert len(world.same(only(b"c"))) == 1
    assert world.fetched == [block(3 * FAR)]


def test_several_keys_are_read_where_each_of_them_lies(world: World) -> None:
    world.index()
    assert len(world.same(Wanted(frozenset({b"a", b"c"})))) == 2
    assert world.fetched == [0, block(2 * FAR)]


def test_what_a_search_of_its_own_found_is_more_exact(world: World) -> None:
    world.scan(only(b"c"))
    world.index()
    assert len(world.same(only(b"c"))) == 1
    assert world.fetched == [2 * FAR]


def test_all_that_lies_beyond_a_part_is_found(tmp_path: Path) -> None:
    each = PART_OFFSETS // 2
    here = Log(
        [batch(record(n * each, key=b"%d" % n), next_offset=(n + 1) * each) for n in range(7)]
    )
    world = World(tmp_path, here)
    world.index()
    for n in range(7):
        assert [found.offset for found in world.same(only(b"%d" % n))] == [n * each]
        assert world.fetched == [n * each]


def test_a_pass_that_is_stopped_keeps_what_it_read(tmp_path: Path) -> None:
    world = World(tmp_path, log(*[b"b"] * 300))
    spans = [Span(*HERE, n * FAR, (n + 1) * FAR) for n in range(300)]
    steps = world.scanner(SearchCache(tmp_path)).index(spans)
    while not next(steps).reached:
        pass
    steps.close()
    world.index()
    assert 0 < min(world.fetched) < 300 * FAR


def test_what_an_election_has_lost_is_read_and_indexed_again(tmp_path: Path) -> None:
    here = log(b"b", b"b", b"b", b"b")
    world = World(tmp_path, here)
    world.index()
    here.batches = here.batches[:2]
    append(here, b"a", b"a", epoch=1)
    assert len(world.same(only(b"a"))) == 2
    world.index()
    assert len(world.same(only(b"b"))) == 2
    assert world.told != []


def test_a_topic_made_again_is_another(world: World) -> None:
    world.index()
    world.cluster.logs[HERE] = log(b"b", b"a")
    world.admin.topic_id = "made again"
    assert [found.offset for found in world.same(only(b"a"))] == [FAR]


def test_what_only_the_client_can_read_is_left_to_searches(tmp_path: Path) -> None:
    here = log(b"b", b"b", b"a")
    damaged = bytearray(here.batches[1])
    damaged[-1] ^= 1
    here.batches = [here.batches[0], bytes(damaged), here.batches[2]]
    world = World(tmp_path, here)
    world.index([Span(*HERE, 0, FAR), Span(*HERE, FAR, 2 * FAR), Span(*HERE, 2 * FAR, 3 * FAR)])
    world.client_read.clear()
    world.scan(only(b"absent"))
    assert Span(*HERE, FAR, 2 * FAR) in world.client_read


def test_what_is_before_the_first_offset_is_dropped(tmp_path: Path) -> None:
    each = PART_OFFSETS
    here = Log([batch(record(n * each, key=b"a"), next_offset=(n + 1) * each) for n in range(4)])
    world = World(tmp_path, here)
    world.index()
    (before,) = SearchCache(tmp_path).topics()
    here.start = 2 * each
    world.index()
    (after,) = SearchCache(tmp_path).topics()
    assert before.index is not None
    assert after.index is not None
    assert (before.index.offsets, after.index.offsets) == (4 * each, 2 * each)


def test_without_a_leaders_epochs_nothing_is_indexed(tmp_path: Path) -> None:
    world = World(tmp_path, log(b"a", b"b", epoch=-1))
    world.index()
    assert len(world.same(only(b"a"))) == 1
    assert world.fetched == [0]


def test_a_topic_without_an_id_cannot_be_indexed(world: World) -> None:
    world.admin.topic_id = None
    with pytest.raises(SourceRefused, match="gives topics no ids"):
        world.index()


def test_nothing_can_be_indexed_without_a_cache(world: World) -> None:
    with pytest.raises(UsageError, match="--no-cache"):
        list(world.scanner(None).index(world.whole))


def test_a_cache_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    world = World(tmp_path / "no folder", log(b"a"))
    (tmp_path / "no folder").write_text("in its place")
    with pytest.raises(UsageError, match="cannot be written"):
        world.index()
