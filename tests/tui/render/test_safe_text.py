import unicodedata

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from textual.color import Color

from tui.render.line_filter import ControlCharacterFilter
from tui.render.safe_text import escape_json_controls, visible

ANY_TEXT = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\x00\x07\x1b\x7f\x85\x9b\u0301\u0489\u200b\u200d\u202e\u2028\U000e0041\ud800"
        ),
    )
)
DANGEROUS = ("Cc", "Cf", "Zl", "Zp", "Cs")


def dangerous(text: str) -> list[str]:
    return [c for c in text if unicodedata.category(c) in DANGEROUS and c not in "\u200c\u200d"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("a\x1b]52;c;x\x07b", "a␛]52;c;x␇b"),
        ("one\ntwo\tthree\r", "one␊two␉three␍"),
        ("\x7f", "␡"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202eevil\u202c", "\\u202eevil\\u202c"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ud800", "\\ud800"),
        ("e" + "\u0301" * 9 + "x", "e\u0301\u0301\u0301…x"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("日本語 ñ ü", "日本語 ñ ü"),
        ("[red]x[/red]", "[red]x[/red]"),
    ],
)
def test_what_a_terminal_obeys_or_hides_is_shown_as_a_sign(raw: str, shown: str) -> None:
    assert visible(raw) == shown


def test_lines_keep_their_feeds_and_widen_their_tabs() -> None:
    assert visible("a\tb\r\nc\x1b", lines=True) == "a    b␍\nc␛"


def test_a_cut_says_how_much_is_left_out() -> None:
    assert visible("x" * 1000, limit=20) == "x" * 12 + "… +988"


def test_a_cut_counts_what_became_longer_by_being_shown() -> None:
    shown = visible("\u202e" * 10, limit=20)
    assert shown == "\\u202e\\u202e… +8"


@given(ANY_TEXT, st.one_of(st.none(), st.integers(8, 40)), st.booleans())
def test_nothing_dangerous_is_left_and_twice_is_once(
    text: str, limit: int | None, lines: bool
) -> None:
    shown = visible(text, limit=limit, lines=lines)
    assert not dangerous(shown.replace("\n", "") if lines else shown)
    assert limit is None or len(shown) <= limit
    assert visible(shown, limit=limit, lines=lines) == shown


def test_every_control_and_format_character_of_unicode_is_covered() -> None:
    everything = "x".join(map(chr, range(0x110000)))
    assert not dangerous(visible(everything))


@given(ANY_TEXT)
def test_the_line_filter_leaves_no_control_character(text: str) -> None:
    (segment,) = ControlCharacterFilter().apply([Segment(text)], Color(0, 0, 0))
    assert not dangerous(segment.text.replace("\n", ""))


def test_the_line_filter_keeps_widths() -> None:
    segment = Segment("a\x1b\u202e\x9b\ud800b")
    (kept,) = ControlCharacterFilter().apply([segment], Color(0, 0, 0))
    assert kept.text == "a\ufffdb"
    assert kept.cell_length == 3


def test_json_without_controls_is_the_same_object() -> None:
    data = orjson.dumps({"a": "plain"})
    assert escape_json_controls(data) is data


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.text(st.characters(exclude_categories=["Cs"])),
    )
)
def test_escaped_json_is_the_same_json_without_controls(value: dict[str, str]) -> None:
    written = escape_json_controls(orjson.dumps(value))
    assert orjson.loads(written) == value
    assert not dangerous(written.decode())


def test_lines_of_json_stay_lines() -> None:
    data = b'"\x7f"\n"\xe2\x80\xae\xf3\xa0\x81\x81"\n'
    assert escape_json_controls(data) == b'"\\u007f"\n"\\u202e\\udb40\\udc41"\n'
