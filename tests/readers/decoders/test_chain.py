"""Values become payloads, and whatever they hold, none is lost and none raises."""

import codecs
import re

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.decoders.chain import decode
from readers.decoders.json import MAX_DEPTH
from readers.decoders.payload import Payload
from tests.corpus_records import corpus
from tests.fakes import record_of


def decoded(value: bytes | None) -> Payload:
    return decode(record_of(value=value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'{"a": [1, "b", null]}', {"a": [1, "b", None]}),
        (b" \t\r\n [true]", [True]),
        (b" " * 100 + b"{}", {}),
        (b"-1.5", -1.5),
        (b'"word"', "word"),
        (b"null", None),
        (b"false", False),
    ],
)
def test_json_of_every_kind_decodes(value: bytes, expected: object) -> None:
    assert decoded(value) == Payload(expected, "json")  # type: ignore[arg-type]


def test_null_empty_and_json_null_are_three_things() -> None:
    assert decoded(None) == Payload(None, "null")
    assert decoded(b"") == Payload("", "text")
    assert decoded(b"null") == Payload(None, "json")


@pytest.mark.parametrize("text", ["plain", " ", "naïve ✓", "\x1b[31mred", "a,b;c\n"])
def test_other_utf_8_is_text_without_an_error(text: str) -> None:
    assert decoded(text.encode()) == Payload(text, "text")


@pytest.mark.parametrize(
    "text", ["trueish", "false alarm", "nothing", "2026-11-23", "12 items", "-", "007", "1e400"]
)
def test_text_that_begins_like_a_word_or_number_of_json_is_text(text: str) -> None:
    assert decoded(text.encode()) == Payload(text, "text")


def test_bytes_that_are_no_utf_8_stay_bytes() -> None:
    assert decoded(b"\x00\x01\xff") == Payload(b"\x00\x01\xff", "bytes")


@pytest.mark.parametrize(
    "value", [b'{"a":', b"{}x", b"[1,]", b'{"a":NaN}', b'{"a":1e400}', b'["\\ud800"]', b"[ERROR] x"]
)
def test_broken_json_keeps_its_text_and_says_what_is_wrong(value: bytes) -> None:
    payload = decoded(value)
    assert (payload.value, payload.encoding) == (value.decode(), "text")
    assert re.match(r"not JSON: .+", payload.error or "")


def test_broken_json_that_is_no_utf_8_keeps_its_bytes() -> None:
    payload = decoded(b'{"a":"\xff"}')
    assert (payload.value, payload.encoding) == (b'{"a":"\xff"}', "bytes")
    assert payload.error is not None


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1025, 100_000])
def test_deep_nesting_is_an_error_beside_the_text(depth: int) -> None:
    value = b"[" * depth + b"]" * depth
    payload = decoded(value)
    assert (payload.value, payload.encoding) == (value.decode(), "text")
    assert payload.error is not None


def test_what_decodes_at_the_greatest_depth_can_be_written_again() -> None:
    value = b'{"a":' * (MAX_DEPTH - 1) + b"1" + b"}" * (MAX_DEPTH - 1)
    payload = decoded(value)
    assert payload.error is None
    assert orjson.dumps(payload.value) == value


def test_many_brackets_that_are_not_deep_decode() -> None:
    assert decoded(b"[" + b"[]," * 500 + b"[]]").value == [[]] * 501


def test_a_byte_order_mark_does_not_hide_json() -> None:
    assert decoded(codecs.BOM_UTF8 + b'{"a":1}') == Payload({"a": 1}, "json")


def test_utf_16_is_kept_as_it_is() -> None:
    with_mark = '{"a":1}'.encode("utf-16")
    assert decoded(with_mark) == Payload(with_mark, "bytes")
    assert decoded('{"a":1}'.encode("utf-16-le")).error is not None


def test_integers_of_64_bits_are_exact() -> None:
    assert decoded(b"[18446744073709551615,-9223372036854775808]").value == [2**64 - 1, -(2**63)]


def test_greater_integers_become_the_nearest_float() -> None:
    assert decoded(b"[123456789012345678901234]").value == [1.2345678901234568e23]


@given(st.binary())
def test_any_value_decodes_to_something_that_json_can_hold(value: bytes) -> None:
    payload = decoded(value)
    if isinstance(payload.value, bytes):
        assert payload.value == value
    else:
        orjson.dumps(payload.value)


@pytest.mark.parametrize("name", ["connect", "debezium", "schemas", "spring", "streams"])
def test_values_of_real_systems_lose_nothing(name: str) -> None:
    for record in corpus(name):
        payload = decode(record)
        if payload.encoding in ("text", "bytes"):
            kept = payload.value.encode() if isinstance(payload.value, str) else payload.value
            assert kept == record.value
