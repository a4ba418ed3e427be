"""The index of a partition's keys: whatever lies in it is found again."""

from hypothesis import given
from hypothesis import strategies as st

from readers.raw_batches.block_keys import BLOCK_OFFSETS
from readers.search_cache.key_index import (
    PART_OFFSETS,
    Part,
    blocks_of,
    both_blocks,
    digest_in_index,
    packed_part,
    parts_of,
    unpacked_part,
)
from readers.search_cache.scanned import Stretch

KEYS = st.one_of(st.none(), st.binary(max_size=4), st.integers(0, 300).map(b"order-%d".__mod__))
FOUND = st.dictionaries(st.integers(0, 300), st.sets(KEYS, min_size=1, max_size=40), max_size=12)
LAST = 301 * BLOCK_OFFSETS
ALL = (Stretch(0, LAST, 4),)


def found_blocks(parts: dict[int, Part], key: bytes | None) -> set[int]:
    digest = digest_in_index(key)
    areas = [area for part in parts.values() for area in part.areas(digest)]
    assert all(end - first == BLOCK_OFFSETS for first, end in areas)
    return {first // BLOCK_OFFSETS for first, _ in areas}


def lying(found: dict[int, set[bytes | None]], key: bytes | None) -> set[int]:
    return {number for number, keys in found.items() if key in keys}


@given(FOUND)
def test_a_key_lies_in_the_blocks_that_it_was_put_in(found: dict[int, set[bytes | None]]) -> None:
    parts = parts_of(ALL, blocks_of(found))
    for key in {key for keys in found.values() for key in keys}:
        assert found_blocks(parts, key) >= lying(found, key)
    assert [unpacked_part(packed_part(part)) for part in parts.values()] == [*parts.values()]


@given(FOUND, FOUND)
def test_two_know_what_each_of_them_knows(
    some: dict[int, set[bytes | None]], others: dict[int, set[bytes | None]]
) -> None:
    parts, newer = (parts_of(ALL, blocks_of(each)) for each in (some, others))
    both = {number: part.with_newer(newer[number]) for number, part in parts.items()}
    union = {
        number: some.get(number, set()) | others.get(number, set())
        for number in some.keys() | others.keys()
    }
    assert both == parts_of(ALL, both_blocks(blocks_of(some), blocks_of(others)))
    for key in {key for keys in union.values() for key in keys}:
        assert found_blocks(both, key) >= lying(union, key)


def test_a_thousand_keys_are_told_apart() -> None:
    found = {n: {b"order-%d" % n} for n in range(1_000)}
    parts = parts_of((Stretch(0, 1_000 * BLOCK_OFFSETS, 0),), blocks_of(found))
    assert [found_blocks(parts, b"order-%d" % n) for n in range(1_000)] == [
        {n} for n in range(1_000)
    ]


def test_null_and_empty_keys_are_two() -> None:
    parts = parts_of(ALL, blocks_of({0: {None}, 7: {b""}}))
    assert (found_blocks(parts, None), found_blocks(parts, b"")) == ({0}, {7})


def test_a_digest_that_lies_across_two_others_is_no_find() -> None:
    one, other = digest_in_index(b"a"), digest_in_index(b"b")
    part = Part(ALL, ((3, 2),), one + other)
    across = (one + other)[1:4]
    assert list(part.areas(across)) == []
    assert list(part.areas(other)) == [(3 * BLOCK_OFFSETS, 4 * BLOCK_OFFSETS)]


def test_stretches_are_cut_at_the_ends_of_parts() -> None:
    parts = parts_of([Stretch(5, 2 * PART_OFFSETS + 9, 1)], {})
    assert [part.stretches for part in parts.values()] == [
        (Stretch(5, PART_OFFSETS, 1),),
        (Stretch(PART_OFFSETS, 2 * PART_OFFSETS, 1),),
        (Stretch(2 * PART_OFFSETS, 2 * PART_OFFSETS + 9, 1),),
    ]
