"""A key's partitions are those the usual clients give it."""

import pytest

from readers.partitioners import murmur2, partitions_of


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # The vectors of Kafka's own UtilsTest.testMurmur2.
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_gives_kafkas_own_vectors(data: bytes, expected: int) -> None:
    assert murmur2(data) == expected


def test_the_java_partition_comes_before_librdkafkas() -> None:
    # -973932308 without its sign bit, modulo 12; CRC32 of "21" is 0xFD7746B4.
    assert partitions_of(b"21", 12) == (1173551340 % 12, 0xFD7746B4 % 12)


def test_a_partition_that_both_give_is_named_once() -> None:
    assert partitions_of(b"any", 1) == (0,)


def test_a_null_key_has_no_likely_partition() -> None:
    assert partitions_of(None, 12) == ()


def test_an_empty_key_is_hashed() -> None:
    assert partitions_of(b"", 12) == (murmur2(b"") % 2**31 % 12, 0)
