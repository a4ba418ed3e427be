"""A payload as a tree and as bytes; a record as a line."""

import json

from replay.event import Event
from replay.streams import Stream
from tests.fakes import record_of
from tui.render.hex_dump import line_count, lines
from tui.render.payload_tree import node_of
from tui.render.tail_row import BIG_BYTES, cells_of, columns_for, fit
from tui.render.times import UTC_ZONE
from tui.render.topic_colours import colour_of

NARROW = columns_for(80, several=True, last_offset=128_441, last_partition=11)


def event(value: bytes | None, key: bytes | None = b"order-1") -> Event:
    return Stream("orders", ("order-events",)).event(record_of(key=key, value=value))


def test_a_node_opens_a_hundred_children_and_says_how_many_more() -> None:
    children = node_of("", list(range(1_000))).children()
    assert len(children) == 101
    assert children[-1].label == "… 900 more"
    assert children[-1].children()[0].label == "[100] 100"


def test_labels_hold_no_control_characters() -> None:
    children = node_of("", {"\x1b[31m": "\x07[b]"}).children()
    assert [child.label for child in children] == ['␛[31m "␇[b]"']
    assert children[0].is_leaf


def test_bytes_are_dumped_from_any_line() -> None:
    raw = bytes(range(40))
    assert line_count(raw) == 3
    assert lines(raw, 2, 5) == [
        "00000020  20 21 22 23 24 25 26 27                            !\"#$%&'".replace(
            "   ", "   "
        )
    ]
    assert lines(b"", 0, 5) == []


def test_cells_are_as_wide_as_their_columns() -> None:
    cells = cells_of(event(b'{"type":"OrderPaid"}', key="注文".encode() * 9), NARROW, UTC_ZONE)
    assert cells.when == "12:00:00"
    assert cells.topic == "order-eve…"
    assert cells.key == "注文注文注 …"
    assert cells.place == "p0        0"


def test_null_and_broken_values_are_marked() -> None:
    assert cells_of(event(None, key=None), NARROW, UTC_ZONE).value == "∅"
    assert cells_of(event(None, key=None), NARROW, UTC_ZONE).key.strip() == "∅"
    broken = cells_of(event(b"{not json"), NARROW, UTC_ZONE)
    assert broken.type.strip() == "✗"
    assert broken.value.startswith("✗ not JSON")


def test_a_big_value_is_shown_by_its_size() -> None:
    raw = json.dumps({"x": "y" * BIG_BYTES}).encode()
    told = event(b"")
    big = Event(told.record._replace(value=raw), told.payload, None, None, None, None)
    assert cells_of(big, NARROW, UTC_ZONE).value.startswith("256.0 kB, not decoded here: {")


def test_text_is_fitted_by_cells() -> None:
    assert fit("abc", 5) == "abc  "
    assert fit("abcdef", 4) == "abc…"
    assert fit("\x1b" * 9, 4) == "␛␛␛…"


def test_a_topic_always_has_the_same_colour() -> None:
    assert colour_of("order-events") == colour_of("order-events")
