"""A locator finds an id, a type or a time where a stream says it lies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.decoders.chain import decode
from readers.errors import UsageError
from readers.record import Record
from replay.locator import Locator, bytes_of_text, text_of_bytes
from tests.fakes import record_of


def found(text: str, record: Record) -> str | None:
    return Locator.parse(text).text_in(record, decode(record))


@pytest.mark.parametrize("text", ["key", "header:id", "header:a:b", "value.id", "value.a.b.@type"])
def test_a_locator_reads_back_as_it_is_written(text: str) -> None:
    assert str(Locator.parse(text)) == text


@pytest.mark.parametrize("text", ["", "header:", "header", "value", "value.", "value.a..b", "keys"])
def test_what_names_no_place_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(UsageError, match=r"write key, header:NAME or value\.PATH"):
        Locator.parse(text)


def test_a_key_is_found_as_text() -> None:
    assert found("key", record_of(key=b"order-1")) == "order-1"
    assert found("key", record_of(key=b"")) == ""
    assert found("key", record_of(key=None)) is None


def test_the_last_of_a_repeated_header_counts() -> None:
    record = record_of(headers=(("id", b"1"), ("ID", b"x"), ("id", b"2")))
    assert found("header:id", record) == "2"


def test_a_null_or_missing_header_is_not_found() -> None:
    record = record_of(headers=(("id", b"1"), ("id", None)))
    assert found("header:id", record) is None
    assert found("header:other", record) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'{"a":{"b":"x"}}', "x"),
        (b'{"a":{"b":""}}', ""),
        (b'{"a":{"b":7}}', "7"),
        (b'{"a":{"b":1.5}}', "1.5"),
        (b'{"a":{"b":false}}', "false"),
        (b'{"a":{"b":null}}', None),
        (b'{"a":{"b":[1]}}', None),
        (b'{"a":"text"}', None),
        (b'[{"a":1}]', None),
        (b"a.b", None),
        (None, None),
    ],
)
def test_a_path_into_the_value_finds_text_numbers_and_truth(
    value: bytes | None, expected: str | None
) -> None:
    assert found("value.a.b", record_of(value=value)) == expected


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_any_key_survives_being_shown_and_typed_again(raw: bytes) -> None:
    assert bytes_of_text(text_of_bytes(raw)) == raw


@pytest.mark.parametrize("raw", [b"hex:61", b"hex:zz", b"hex:"])
def test_a_key_that_looks_like_the_hex_form_is_not_taken_for_it(raw: bytes) -> None:
    assert bytes_of_text(text_of_bytes(raw)) == raw


def test_hex_without_digits_is_refused() -> None:
    with pytest.raises(UsageError, match="hexadecimal digits"):
        bytes_of_text("hex:xyz")


def test_bytes_typed_on_a_command_line_are_found() -> None:
    assert bytes_of_text(b"caf\xe9".decode("utf-8", "surrogateescape")) == b"caf\xe9"
