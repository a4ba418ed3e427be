"""uForwarder's letters are told by a protobuf message in the record's key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.record import Position
from replay.deadletters.letter import Confidence
from replay.deadletters.reading import read_letter
from tests.fakes import record_of

DLQ = "orders__billing__dlq"


def varint(value: int) -> bytes:
    written = b""
    while value > 0x7F:
        written += bytes([value & 0x7F | 0x80])
        value >>= 7
    return written + bytes([value])


def metadata(key: bytes | None = b"order-7", **numbers: int) -> bytes:
    """A DLQMetadata as its proto file says: field number and wire type, then the value."""
    message = b"\x12" + varint(len(b"orders")) + b"orders"
    for tag, name in ((8, "retry_count"), (24, "partition"), (32, "offset"), (40, "timestamp_ns")):
        if numbers.get(name):
            message += varint(tag) + varint(numbers[name])
    return message if key is None else message + b"\x32" + varint(len(key)) + key


def test_the_key_holds_the_origin_and_the_originals_key() -> None:
    key = metadata(retry_count=4, partition=3, offset=12345, timestamp_ns=1_700_000_000_000_000_000)
    letter = read_letter(record_of(DLQ, key=key))
    assert (letter.framework, letter.confidence) == ("uforwarder", Confidence.SURE)
    assert letter.origin.position == Position("orders", 3, 12345)
    assert letter.origin.timestamp_ms == 1_700_000_000_000
    assert (letter.last.consumer_group, letter.last.attempts) == ("billing", 4)
    assert letter.key == b"order-7"


def test_zeroes_are_left_out_and_a_key_that_is_absent_is_null() -> None:
    letter = read_letter(record_of("orders__billing__retry", key=metadata(None)))
    assert letter.origin.position == Position("orders", 0, 0)
    assert letter.origin.timestamp_ms is None
    assert letter.key is None


def test_a_group_may_have_underscores_of_its_own() -> None:
    letter = read_letter(record_of("orders__bill__ing__dlq", key=metadata()))
    assert letter.last.consumer_group == "bill__ing"


@pytest.mark.parametrize("key", [None, b"", b"order-7", b"\xff" * 9, metadata() + b"\x40\x01"])
def test_other_keys_are_their_own(key: bytes | None) -> None:
    letter = read_letter(record_of(DLQ, key=key))
    assert (letter.framework, letter.key) == (None, key)


def test_elsewhere_such_a_key_means_nothing() -> None:
    assert read_letter(record_of("orders-dlq", key=metadata())).framework is None


@given(st.binary())
def test_no_key_makes_it_fail(key: bytes) -> None:
    read_letter(record_of(DLQ, key=key))
