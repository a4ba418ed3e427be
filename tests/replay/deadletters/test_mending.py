"""Mending: what is edited is what is sent, to the byte; what cannot be sent is refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers.errors import UsageError
from readers.record import Header, Record
from replay.changes import Change
from replay.deadletters.mending import (
    checked,
    diff_lines,
    document_of,
    mended_from,
    own_content,
    value_changes,
    warnings,
)
from replay.deadletters.reading import read_letter
from replay.deadletters.republish.plan import Mended

FRAMEWORKS: tuple[Header, ...] = (
    ("kafka_dlt-original-topic", b"payments"),
    ("kafka_dlt-original-partition", b"\0\0\0\3"),
    ("kafka_dlt-original-offset", b"\0\0\0\0\0\0\0\7"),
    ("kafka_dlt-exception-fqcn", b"com.shop.GatewayTimeoutException"),
)
OWN: tuple[Header, ...] = (
    ("eventType", b"PaymentFailed"),
    ("trace", None),
    ("trace", b""),
    ("span", b"\x00\xff"),
)
VALUE = b'{"orderId": "order-4711", "amount": "15,0"}'


def letter(value: bytes | None = VALUE, key: bytes | None = b"order-4711") -> Record:
    headers = (*FRAMEWORKS, *OWN, ("kstory-replay-id", b"7c1e"))
    return Record("payments-dlt", 3, 5, 1_000, None, key, value, headers)


def test_the_text_says_key_headers_and_value_and_leaves_out_what_never_goes_back() -> None:
    lines = document_of(letter()).splitlines()
    assert lines[0].startswith("# The letter payments-dlt:3@5.")
    assert "5 headers of spring and kstory are left out" in lines[4]
    assert lines[5:] == [
        'key: "order-4711"',
        'header "eventType": "PaymentFailed"',
        'header "trace": null',
        'header "trace": ""',
        'header "span": {"base64": "AP8="}',
        "value:",
        VALUE.decode(),
    ]


_bytes = st.none() | st.binary(max_size=40) | st.text(max_size=40).map(str.encode)


@given(key=_bytes, value=_bytes, headers=st.lists(st.tuples(st.text(max_size=8), _bytes)))
def test_a_text_that_was_not_edited_says_what_the_letter_is(
    key: bytes | None, value: bytes | None, headers: list[Header]
) -> None:
    record = Record("payments-dlt", 0, 0, None, None, key, value, tuple(headers))
    assert mended_from(document_of(record), record) == Mended(key, value, tuple(headers))


@given(value=_bytes)
def test_a_line_break_that_an_editor_adds_is_not_sent(value: bytes | None) -> None:
    record = Record("payments-dlt", 0, 0, None, None, b"k", value, ())
    text = document_of(record)
    saved = text if text.endswith("\n") else f"{text}\n"
    assert mended_from(saved, record).value == value


def test_a_line_break_that_was_there_stays() -> None:
    record = letter(b'{"a": 1}\n')
    assert mended_from(document_of(record), record).value == b'{"a": 1}\n'


def test_line_ends_that_an_editor_made_its_own_are_put_back() -> None:
    record = letter(b'{\r\n  "a": 1\r\n}')
    text = document_of(record).replace("\r\n", "\n").replace("1", "2") + "\n"
    assert mended_from(text, record).value == b'{\r\n  "a": 2\r\n}'


def test_an_edit_is_sent_as_it_was_typed() -> None:
    record = letter(b'{"n": 18446744073709551616, "n": 1}')
    text = document_of(record).replace('"n": 1}', '"n": 1.50 }')
    assert mended_from(text, record).value == b'{"n": 18446744073709551616, "n": 1.50 }'


def test_headers_are_removed_added_and_emptied_line_by_line() -> None:
    text = document_of(letter())
    text = text.replace('header "trace": null\n', 'header "user": "anna \\"k\\""\n')
    text = text.replace('"PaymentFailed"', "null")
    assert mended_from(text, letter()).headers == (
        ("eventType", None),
        ("user", b'anna "k"'),
        ("trace", b""),
        ("span", b"\x00\xff"),
    )


def test_a_mended_letter_is_shown_as_it_was_mended() -> None:
    mended = Mended(None, b"", (("a", b"1"),))
    text = document_of(letter(), mended)
    assert text.splitlines()[5:] == ["key: null", 'header "a": "1"', "value:"]
    assert mended_from(text, letter(b"no json")) == mended


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ('"15,0"}', '"15,0"', r"was JSON and is none any more: .* at its line 1, column 4\d"),
        (VALUE.decode(), "", r"was JSON and is none any more"),
        ("value:\n", "", r"Line 11 is no key:, header or value: line"),
        ("value:\n" + VALUE.decode(), "", r"There is no value: line"),
        ("value:\n", "value: null\n", r"Line 11 holds a value, and there is more below it"),
        ('key: "order-4711"\n', "", r"There are 0 key: lines"),
        ('key: "order', 'key: null\nkey: "order', r"There are 2 key: lines"),
        ('"order-4711"', "order-4711", r"Line 6 cannot be read: Expecting value"),
        ('"order-4711"', "17", r'Line 6 cannot be read: write "text", null, or'),
        ('"order-4711"', r'"\ud800"', r"Line 6 holds half a character"),
        ("AP8=", "AP8", r"Line 10: the base64 cannot be read"),
        ("AP8=", "A*8=", r"Line 10: the base64 cannot be read"),
        ('"trace": null', "trace: null", r"Line 8: write a header as"),
        ('"trace": null', '"trace" null', r"Line 8: write a header as"),
        (
            '"trace": null',
            '"kafka_dlt-exception-message": null',
            "cannot be set: it is spring's own",
        ),
        ('"trace": null', '"kstory-replay-of": null', "it is kstory's own"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_reason(
    before: str, after: str, reason: str
) -> None:
    text = document_of(letter())
    assert before in text
    with pytest.raises(UsageError, match=reason):
        mended_from(text.replace(before, after, 1), letter())


def test_a_value_that_was_no_json_may_become_anything() -> None:
    record = letter(b"{broken")
    assert mended_from(document_of(record) + "!", record).value == b"{broken!"


def test_bytes_that_are_no_text_are_edited_as_base64() -> None:
    record = letter(b"\x00\xff")
    text = document_of(record)
    assert text.endswith('value: {"base64": "AP8="}\n')
    assert mended_from(text.replace("AP8=", "/wA="), record).value == b"\xff\x00"


def test_a_framework_header_of_another_framework_is_the_applications() -> None:
    mended = Mended(b"k", VALUE, (("source_topic", b"mine"),))
    assert checked(mended, letter()) == mended


def test_another_key_and_a_tombstone_are_warned_about() -> None:
    own = own_content(read_letter(letter()))
    assert warnings(mended_from(document_of(letter()), letter()), own) == []
    key, value = warnings(Mended(b"order-1", None, OWN), own)
    assert "order among that one's is not kept" in key
    assert "tombstone" in value


def test_a_diff_says_the_changed_lines_alone() -> None:
    before = document_of(letter())
    after = before.replace("15,0", "15.0") + "\n"
    assert list(diff_lines(before, after)) == [
        "@@ -5,3 +5,3 @@",
        ' header "span": {"base64": "AP8="}',
        " value:",
        '-{"orderId": "order-4711", "amount": "15,0"}',
        '+{"orderId": "order-4711", "amount": "15.0"}',
    ]
    assert list(diff_lines(before, before)) == []


def test_a_changed_json_value_is_told_by_its_places() -> None:
    after = Mended(None, VALUE.replace(b"15,0", b"15.0"), ())
    assert value_changes(letter(), after) == (Change("/amount", "15,0", "15.0"),)
    assert value_changes(letter(b"text"), after) == ()


@pytest.mark.parametrize("inside", [b"\x00\x00\x00\x00\x07avro", b"plain"])
def test_what_was_in_a_wrapped_value_need_not_be_json(inside: bytes) -> None:
    record = letter(b'"%s"' % base64.b64encode(inside))
    assert checked(Mended(b"k", inside, ()), record).value == inside


def test_json_that_was_wrapped_has_to_be_json_still() -> None:
    record = letter(b'"%s"' % base64.b64encode(VALUE))
    assert checked(Mended(b"k", VALUE, ()), record).value == VALUE
    with pytest.raises(UsageError, match="was JSON and is none any more"):
        checked(Mended(b"k", VALUE[:-1], ()), record)
