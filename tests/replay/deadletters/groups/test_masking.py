"""Variable parts of messages."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.deadletters.groups.masking import MAX_CHARS, masked

PIECES = (
    "order-4711", "'abc'", '"x.y()"', "Mon Nov 23 12:00:00 UTC 2026", "can't", "a@b.c", "/a/b",
    "http://x", "12", "fe80::1", "Mon", " ", ", ", "…", '"', "'", "-", "x" * 50,
    "2026-11-23T12:00:00Z", "C:\\a", "‹*›", "-A0", "a--b1",
)  # fmt: skip
texts = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=" abFX019'\"`»«“”‘’@/.:-+,_\\~()[]{}‹*›…\nTZ²٣é", max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "no answer in 2000 ms (order-4711, 1,284.50 EUR)",
            "no answer in ‹*› ms (‹*›, ‹*› EUR)",
        ),
        (
            "Kunde »cust-4« hat keinen Zugriff – 注文 ord-4720",
            "Kunde ‹*› hat keinen Zugriff – 注文 ‹*›",
        ),
        ("Payment aa3ad818-1e12-3391-81e1-a5a3814c84f5 declined", "Payment ‹*› declined"),
        ("negative amount -15", "negative amount ‹*›"),
        ("GET http://shop:80/x?a=b failed: 503", "GET ‹*› failed: ‹*›"),
        ("at 2026-11-23T12:00:00.123Z and 2026-11-23 12:00:00,123", "at ‹*› and ‹*›"),
        ("since Mon Nov 23 12:00:00 UTC 2026", "since ‹*›"),
        ("10.0.0.1:9092 [fe80::1ff:fe23:4567:890a]", "‹*› [‹*›]"),
        ("no file /app/data/in.csv or C:\\data\\x.txt", "no file ‹*› or ‹*›"),
        ("mail to a.b+c@shop.example.org", "mail to ‹*›"),
        ("com.shop.Order@1a2b3c, state 0xDEADBEEF", "‹*›, state ‹*›"),
        ('unrecognized token "abc"', "unrecognized token ‹*›"),
    ],
)
def test_what_differs_between_letters_is_masked(message: str, expected: str) -> None:
    assert masked(message) == expected


@pytest.mark.parametrize(
    "message",
    [
        "/ by zero",
        "Can't read it, and it isn't there",
        "cannot transition from SHIPPED to CANCELLED",
        'because the return value of "com.shop.Order.currency()" is null',
        "Foo::bar and/or read-only",
    ],
)
def test_what_is_the_same_each_time_is_kept(message: str) -> None:
    assert masked(message) == message


def test_lines_become_one() -> None:
    assert masked("invalid:\n  - no customer\n") == "invalid: - no customer"


@given(texts)
def test_masking_again_changes_nothing(message: str) -> None:
    assert masked(masked(message)) == masked(message)


@given(texts)
def test_no_digit_is_left(message: str) -> None:
    assert not any(character.isdecimal() for character in masked(message))


@given(texts.map(lambda text: text * 50))
def test_it_is_never_longer_than_the_limit(message: str) -> None:
    assert len(masked(message)) <= MAX_CHARS


@given(st.integers(0, 10**12), st.uuids())
def test_messages_that_differ_in_ids_are_equal(number: int, uuid: object) -> None:
    message = f"order-{number} of '{uuid}' ({uuid}) at {number}.5 is late"
    assert masked(message) == "‹*› of ‹*› (‹*›) at ‹*› is late"


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "'a", '"a(', "a@", "1:", "a-", "/", "+-", "ab:", "‹*›", "«", "::", "'" + "a" * 399],
)
def test_no_message_takes_long(piece: str) -> None:
    started_s = time.process_time()
    masked(piece * (1_000_000 // len(piece)))
    assert time.process_time() - started_s < 0.2
