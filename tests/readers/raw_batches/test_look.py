"""One response looked through: which batches count, which are parsed, which records are found."""

import pytest

from readers.raw_batches.aborted import Aborted
from readers.raw_batches.batch import Unreadable, heads
from readers.raw_batches.look import Look, Response
from readers.raw_batches.needles import worth_parsing
from readers.record import Span
from readers.wanted import EVERYTHING, Wanted
from tests.readers.raw_batches.batches import CODECS, HERE, batch, marker, record


def found(
    wanted: Wanted, *batches: bytes, aborted: Aborted = (), start: int = 0, end: int = 1000
) -> list[int]:
    """The offsets of the records that are found."""
    data = b"".join(batches)
    response = Response(Span(*HERE, start, end), data, list(heads(data)), aborted)
    return [each.offset for each in Look(wanted)(response)]


def keys(*wanted: bytes | None) -> Wanted:
    return Wanted(frozenset(wanted))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("length", [1, 63, 64, 8_191, 8_192, 70_000])
def test_a_key_of_any_length_is_found_in_any_compression(codec: str, length: int) -> None:
    key = b"k" * length
    mixed = [record(0, key=key[1:]), record(1, key=key), record(2, key=key + b"k")]
    assert found(keys(key), batch(*mixed, codec=codec)) == [1]


def test_a_key_that_is_only_part_of_a_value_or_a_header_is_not_found() -> None:
    inside = record(0, key=b"other", value=b"\x0eorder-1", headers=(("h", b"order-1"),))
    assert found(keys(b"order-1"), batch(inside), batch(record(1))) == [1]


def test_null_and_empty_keys_are_told_apart() -> None:
    mixed = batch(record(0, key=None), record(1, key=b""), record(2))
    assert [found(keys(key), mixed) for key in (None, b"", b"order-1")] == [[0], [1], [2]]
    assert found(keys(None, b"order-1"), mixed) == [0, 2]


def test_many_keys_are_found_at_once() -> None:
    many = [record(n, key=b"order-%d" % n) for n in range(40)]
    wanted = [b"order-%d" % n for n in range(0, 40, 3)] + [b"order"]
    for count in (1, 4, 5, len(wanted)):
        expected = [n for n in range(40) if b"order-%d" % n in wanted[:count]]
        assert found(keys(*wanted[:count]), batch(*many)) == expected


def test_no_key_at_all_finds_nothing() -> None:
    assert found(keys(), batch(record())) == []


def test_everything_is_found_where_nothing_is_asked_for() -> None:
    assert found(EVERYTHING, batch(record(0), record(1, key=None), codec="zstd")) == [0, 1]


def test_texts_may_be_in_the_key_the_value_or_a_header() -> None:
    places = [
        record(0, key=b"has needle"),
        record(1, value=b"has needle"),
        record(2, headers=(("has needle", None),)),
        record(3, headers=(("h", b"has needle"),)),
        record(4, key=b"has nee", value=b"dle"),
    ]
    assert found(Wanted(texts=(b"needle",)), batch(*places)) == [0, 1, 2, 3]


def test_all_texts_have_to_be_in_the_same_record() -> None:
    apart = batch(record(0, value=b"one"), record(1, value=b"two"))
    together = batch(record(2, key=b"one", value=b"two"))
    assert found(Wanted(texts=(b"one", b"two")), apart, together) == [2]
    assert found(Wanted(frozenset({b"one"}), (b"two",)), apart, together) == [2]


def test_a_text_that_may_be_spelt_otherwise_lets_backslashes_through() -> None:
    spelt = [
        record(0, value=rb'"caf\u00e9"'),
        record(1, value=b"tea"),
        record(2, value="café".encode()),
    ]
    wanted = "café".encode()
    assert found(Wanted(texts=(wanted,)), batch(*spelt)) == [2]
    assert found(Wanted(texts=(wanted,), escaped=True), batch(*spelt)) == [0, 2]
    assert found(Wanted(texts=(wanted,), escaped=True), batch(spelt[0])) == [0]


def test_an_empty_text_is_in_every_record() -> None:
    assert found(Wanted(texts=(b"",)), batch(record(0, value=None, key=None))) == [0]


def test_signs_that_mean_something_in_a_pattern_are_only_signs() -> None:
    odd = b".*[(\\\n"
    assert found(keys(odd), batch(record(0, key=odd), record(1, key=b"xxxxxx"))) == [0]
    assert found(Wanted(texts=(odd,)), batch(record(0), record(1, value=b"a" + odd))) == [1]


def test_a_span_that_begins_and_ends_inside_a_batch_gets_only_its_own() -> None:
    whole = batch(*(record(n) for n in range(10)))
    assert found(keys(b"order-1"), whole, start=3, end=6) == [3, 4, 5]


def test_batches_that_compaction_emptied_or_thinned_are_passed() -> None:
    thin = batch(record(5), record(9), next_offset=12)
    assert found(EVERYTHING, batch(next_offset=4), thin, batch(next_offset=20)) == [5, 9]


TRANSACTIONS = (
    batch(record(0), record(1), producer_id=7, is_transactional=True),
    batch(record(2), producer_id=8, is_transactional=True),
    batch(record(3), producer_id=-1),
    marker(4, 7, commit=False),
    batch(record(5), producer_id=7, is_transactional=True),
    marker(6, 8, commit=True),
    batch(record(7), producer_id=7),
    marker(8, 7, commit=True),
    batch(record(9), producer_id=8, is_transactional=True),
    marker(10, 8, commit=False),
)


def test_aborted_records_are_left_out_and_markers_are_no_records() -> None:
    assert found(EVERYTHING, *TRANSACTIONS, aborted=[(7, 0), (8, 9)]) == [2, 3, 5, 7]


def test_without_aborted_transactions_all_records_are_shown() -> None:
    assert found(EVERYTHING, *TRANSACTIONS) == [0, 1, 2, 3, 5, 7, 9]


def test_an_aborted_transaction_may_begin_before_the_response() -> None:
    assert found(EVERYTHING, *TRANSACTIONS[1:], aborted=[(7, 0), (8, 9)]) == [2, 3, 5, 7]


@pytest.mark.parametrize("first", range(len(TRANSACTIONS)))
def test_a_response_may_begin_anywhere_in_a_transaction(first: int) -> None:
    cut = TRANSACTIONS[first:]
    begin = next(heads(cut[0])).base_offset
    reaching = [each for each, end in (((7, 0), 4), ((8, 9), 10)) if end >= begin]
    expected = [offset for offset in (2, 3, 5, 7) if offset >= begin]
    assert found(EVERYTHING, *cut, aborted=reaching) == expected


def test_the_order_in_which_aborted_transactions_are_named_means_nothing() -> None:
    assert found(EVERYTHING, *TRANSACTIONS, aborted=[(8, 9), (7, 0)]) == [2, 3, 5, 7]


def test_a_control_record_without_a_kind_is_left_to_the_client() -> None:
    odd = batch(record(0, key=b"\x00"), is_control=True, is_transactional=True)
    with pytest.raises(Unreadable):
        found(EVERYTHING, odd)


def test_a_corrupt_batch_is_left_to_the_client() -> None:
    with pytest.raises(Unreadable, match="checksum"):
        found(EVERYTHING, batch(record(value=b"paid")).replace(b"paid", b"Paid"))


def test_a_batch_without_the_key_is_not_worth_parsing() -> None:
    is_worth = worth_parsing(keys(b"order-1"))
    one = record(key=b"order-2", value=b"see order-1")
    assert not is_worth(batch(one)[61:])
    assert is_worth(batch(record(key=b"x", value=b"order-1"))[61:])  # looks like a key: parsed
    assert is_worth(batch(record())[61:])
