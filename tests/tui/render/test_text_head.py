"""The beginning of a long text: whole lines, whole characters, and no more of it than is shown."""

import pytest

from tests.huge import Huge
from tui.render.record_line import key_text
from tui.render.text_head import STEP_BYTES, STEP_LINES, text_head, wrapped


def test_a_short_text_is_shown_whole() -> None:
    head = text_head(b"one\n\ntwo\n", width=2)
    assert list(head.lines) == ["on", "e", "", "tw", "o", ""]
    assert head.shown_bytes == 9


def test_of_a_long_line_so_many_bytes_are_shown() -> None:
    head = text_head(Huge(b"x" * 50_000_000))
    assert (sum(map(len, head.lines)), head.shown_bytes) == (STEP_BYTES, STEP_BYTES)
    assert text_head(Huge(b"x" * 50_000_000), steps=3).shown_bytes == 3 * STEP_BYTES


def test_of_many_short_lines_so_many_lines_are_shown() -> None:
    raw = Huge(b"ab\n" * 1_000_000)
    head = text_head(raw)
    assert list(head.lines) == ["ab"] * STEP_LINES
    assert head.shown_bytes == 3 * STEP_LINES - 1
    assert len(text_head(raw, steps=2).lines) == 2 * STEP_LINES


def test_a_character_is_not_cut_in_two() -> None:
    raw = Huge("é".encode() * STEP_BYTES + b"x")
    assert "\ufffd" not in "".join(text_head(b"x" + raw).lines)
    assert "\ufffd" not in "".join(text_head(raw).lines)


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert list(text_head(b"a\xff\x80b").lines) == ["a\ufffd\ufffdb"]
    assert text_head(b"\x80" * (STEP_BYTES + 5)).shown_bytes <= STEP_BYTES


def test_lines_are_wrapped_at_a_width() -> None:
    assert wrapped("abcde\n", 2) == ["ab", "cd", "e", ""]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (None, "∅"),
        (b"", '""'),
        (b"order-1", "order-1"),
        (b"0123456789abc", "0123456789… 13 bytes"),
        ("123456789é".encode(), "123456789… 11 bytes"),
        (b"\xff\x00", "hex:ff00"),
        (b"\xff" * 11, "hex:" + "ff" * 10 + "… 11 bytes"),
    ],
)
def test_of_a_long_key_the_beginning_and_its_size_are_shown(
    key: bytes | None, expected: str
) -> None:
    assert key_text(key, limit=10) == expected


def test_a_huge_key_is_not_decoded() -> None:
    assert key_text(Huge(b"k" * 1_000_000), limit=5) == "kkkkk… 1,000,000 bytes"
