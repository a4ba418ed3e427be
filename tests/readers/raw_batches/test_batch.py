"""Batches byte by byte: headers, compression, checksums, and what cannot be read."""

import struct

import pytest
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder

from readers.raw_batches.batch import Unreadable, check, heads, records
from readers.raw_batches.plain import MAX_PLAIN_BYTES, Plain
from readers.record import Record, TimestampType
from tests.readers.raw_batches.batches import CODECS, HERE, NOW_MS, batch, record


def read(data: bytes) -> list[Record]:
    view, plain = memoryview(data), Plain()
    found = []
    for head in heads(data):
        check(view, head)
        found += records(plain.batch(view, head), HERE)
    return found


def plain(data: bytes) -> bytes:
    """The first batch, decompressed."""
    return bytes(Plain().batch(memoryview(data), next(heads(data))))


@pytest.mark.parametrize("codec", CODECS)
def test_records_come_out_of_each_compression_as_they_went_in(codec: str) -> None:
    written = [
        record(7, value=b"v" * 500, headers=(("a", b"1"), ("a", None), ("", b""))),
        record(9, key=None, value=None, timestamp_ms=NOW_MS - 5),
        record(10, key=b"", value=b""),
    ]
    assert read(batch(*written, codec=codec)) == written


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_is_the_same_bytes_in_each_compression(codec: str) -> None:
    large = record(value=bytes(range(256)) * 10_000)
    packed = batch(large, codec=codec)
    assert plain(packed)[61:] == batch(large)[61:]


def test_batches_that_are_decompressed_one_after_the_other_do_not_mix() -> None:
    sizes = (10, 3_000_000, 5, 0, 70)
    written = [record(n, value=b"%d" % n * size) for n, size in enumerate(sizes)]
    assert read(b"".join(batch(each, codec="zstd") for each in written)) == written


def test_a_batch_that_becomes_too_large_is_not_read_here() -> None:
    bomb = batch(record(value=bytes(MAX_PLAIN_BYTES)), codec="zstd")
    assert len(bomb) < 20_000
    with pytest.raises(Unreadable, match="decompressed"):
        plain(bomb)


def test_a_batch_that_is_cut_off_is_left_out() -> None:
    first, second = batch(record(0)), batch(record(1))
    for cut in (1, 16, 17, 60, len(second) - 1):
        assert [head.base_offset for head in heads(first + second[:cut])] == [0]


def test_a_head_tells_the_offsets_that_compaction_removed_too() -> None:
    (head,) = heads(batch(record(3), next_offset=20))
    assert (head.base_offset, head.next_offset, head.record_count) == (3, 20, 1)


def test_a_record_without_a_timestamp_has_none() -> None:
    (found,) = read(batch(record(timestamp_ms=None)))
    assert (found.timestamp_ms, found.timestamp_type) == (None, None)


def test_a_log_append_time_is_told_as_such() -> None:
    found = read(batch(record(0), record(1), appended_ms=NOW_MS + 9))
    assert {(each.timestamp_ms, each.timestamp_type) for each in found} == {
        (NOW_MS + 9, TimestampType.APPEND)
    }


@pytest.mark.parametrize("magic", [0, 1])
def test_older_formats_are_not_read_here(magic: int) -> None:
    old = LegacyRecordBatchBuilder(magic, 0, 1 << 20)
    old.append(0, NOW_MS, b"key", b"value")
    with pytest.raises(Unreadable, match=f"message format {magic}"):
        list(heads(bytes(old.build())))


def test_a_flipped_bit_is_noticed() -> None:
    data = bytearray(batch(record(value=b"paid")))
    data[data.index(b"paid")] ^= 1
    with pytest.raises(Unreadable, match="checksum"):
        read(bytes(data))


@pytest.mark.parametrize("length", [-1, -100, 0, 20])
def test_a_length_that_makes_no_sense_ends_the_reading(length: int) -> None:
    data = bytearray(batch(record()))
    data[8:12] = struct.pack(">i", length)
    with pytest.raises(Unreadable):
        list(heads(bytes(data)))


@pytest.mark.parametrize("codec", [1, 2, 3, 4, 5, 7])
def test_bytes_that_cannot_be_decompressed_are_said(codec: int) -> None:
    data = bytearray(batch(record(value=b"\xff" * 100)))
    data[22] |= codec
    with pytest.raises(Unreadable):
        plain(bytes(data))


def test_gzip_that_breaks_in_the_middle_is_said() -> None:
    data = bytearray(batch(record(value=bytes(range(256)) * 20), codec="gzip"))
    data[-40] ^= 0xFF
    with pytest.raises(Unreadable):
        plain(bytes(data))


def test_a_header_whose_name_is_not_utf_8_is_left_to_the_client() -> None:
    data = batch(record(headers=(("name", b"h"),))).replace(b"name", b"na\xffe")
    with pytest.raises(Unreadable):
        read(data)


def test_only_the_keys_that_are_asked_for_are_made_records_of() -> None:
    data = batch(record(0, key=None), record(1, key=b""), record(2, key=b"a"))
    for keys, offsets in (({None}, [0]), ({b""}, [1]), ({b"a", None}, [0, 2])):
        found = records(memoryview(data), HERE, frozenset(keys))
        assert [each.offset for each in found] == offsets
