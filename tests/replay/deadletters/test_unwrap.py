"""Values that hops wrapped in base64 JSON strings come out as they went in."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.deadletters.unwrap import times_wrapped, unwrap

ORDER = b'{"orderId":"ord-1","amountCents":'


def wrapped(value: bytes, times: int) -> bytes:
    for _ in range(times):
        value = json.dumps(base64.b64encode(value).decode()).encode()
    return value


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_value_is_unwrapped_as_often_as_it_was_wrapped(times: int) -> None:
    value = wrapped(ORDER, times)
    assert unwrap(value) == (ORDER, times)
    assert times_wrapped(value) == times


def test_a_value_with_a_schema_id_is_known_by_its_first_byte() -> None:
    assert unwrap(wrapped(b"\x00\x00\x00\x00\x07avro", 2)) == (b"\x00\x00\x00\x00\x07avro", 2)


@pytest.mark.parametrize(
    "value",
    [b"", b'"', b'""', b"{}", b'"PAID"', b'"0123456789abcdef0123456789abcdef"', b'"a b"', b'"\xff"',
     b"cGFpZA==", ORDER],
)  # fmt: skip
def test_ordinary_values_are_not_taken_for_wrapped_ones(value: bytes) -> None:
    assert unwrap(value) == (value, 0)


def test_on_request_whatever_is_inside_comes_out_as_far_as_it_goes() -> None:
    assert unwrap(wrapped(b"plain", 1), times=5) == (b"plain", 1)
    assert unwrap(wrapped(ORDER, 3), times=2) == (wrapped(ORDER, 1), 2)


def test_no_value_is_not_wrapped() -> None:
    assert times_wrapped(None) == 0


@given(st.binary())
def test_no_bytes_make_it_fail(value: bytes) -> None:
    unwrap(value)
    assert unwrap(wrapped(value, 1), times=1) in ((value, 1), (wrapped(value, 1), 0))
