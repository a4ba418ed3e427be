"""The filter line of a tail."""

import pytest

from readers.errors import UsageError
from replay.streams import Stream
from tests.fakes import record_of
from tui.render.tail_filter import parse_filter

read = Stream("orders", ("order-events",)).event


def test_nothing_typed_keeps_everything() -> None:
    wanted = parse_filter("  ")
    assert wanted.keeps(record_of(key=None), read)
    assert not wanted.is_searching


def test_partitions_key_and_condition_are_told_apart() -> None:
    wanted = parse_filter("p=3,7 key=order-4711 value.amount > 100")
    assert wanted.partitions == {3, 7}
    assert wanted.wanted.keys == {b"order-4711"}
    assert wanted.where is not None
    assert wanted.where.text == "value.amount > 100"
    record = record_of(partition=7, key=b"order-4711", value=b'{"amount": 150}')
    assert wanted.keeps(record, read)
    assert not wanted.keeps(record._replace(partition=1), read)
    assert not wanted.keeps(record._replace(key=b"order-1"), read)
    assert not wanted.keeps(record._replace(value=b'{"amount": 50}'), read)


def test_all_partitions_can_be_named_too() -> None:
    assert parse_filter("p=* key=a").names_partitions
    assert parse_filter("p=* key=a").partitions is None
    assert parse_filter("p=3").names_partitions
    assert not parse_filter("key=a").names_partitions


def test_a_key_with_spaces_stands_in_quotes() -> None:
    assert parse_filter('key="a b" p=1').wanted.keys == {b"a b"}
    assert parse_filter('key=""').wanted.keys == {b""}


def test_of_several_keys_a_record_has_one_and_of_several_texts_all() -> None:
    wanted = parse_filter('key=a key=b has=gateway has="no answer" offset > 2')
    assert wanted.is_searching
    record = record_of(offset=3, key=b"b", value=b"no answer from the gateway")
    assert wanted.keeps(record, read)
    assert not wanted.keeps(record._replace(key=b"c"), read)
    assert not wanted.keeps(record._replace(value=b"the gateway"), read)
    assert not wanted.keeps(record._replace(offset=2), read)
    in_header = record._replace(value=b"gateway", headers=(("cause", b"no answer"),))
    assert wanted.keeps(in_header, read)


def test_a_comparison_is_a_condition() -> None:
    wanted = parse_filter('key=="order-1"')
    assert wanted.wanted.keys is None
    assert wanted.keeps(record_of(key=b"order-1"), read)


@pytest.mark.parametrize(
    "typed", ["p=", "p=x", "p=1,x", "key=", "has=", 'has=""', "nonsense >", "amount > 1"]
)
def test_what_cannot_be_read_is_said_in_one_sentence(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_filter(typed)
    assert "\n" not in str(caught.value)
