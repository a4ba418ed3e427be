"""Each framework's letters are read, by names and encodings of its own."""

import pytest

from readers.record import Header
from replay.deadletters.letter import Confidence
from replay.deadletters.reading import read_letter
from tests.fakes import record_of
from tests.replay.deadletters.dialects.handmade import LETTERS, TEXT_PLACE, Letter, prefixed

EACH = pytest.mark.parametrize("written", LETTERS.values(), ids=LETTERS)


@EACH
def test_what_is_written_is_read(written: Letter) -> None:
    letter = read_letter(written.record)
    last, failure = letter.last, letter.last.failure
    assert letter.framework == written.framework
    assert letter.confidence is (Confidence.SURE if written.is_sure else Confidence.LIKELY)
    assert (letter.origin.topic, letter.origin.timestamp_ms) == (written.topic, written.origin_ms)
    assert written.says == (
        letter.origin.partition,
        letter.origin.offset,
        last.consumer_group,
        failure.exception,
        failure.cause,
        failure.message,
        last.attempts,
        last.failed_at_ms,
    )
    assert letter.key == written.key


@EACH
def test_null_in_every_header_tells_nothing_and_breaks_nothing(written: Letter) -> None:
    headers: tuple[Header, ...] = tuple((name, None) for name, _ in written.headers)
    letter = read_letter(record_of("letters", headers=headers))
    assert letter.origin.position is None
    assert letter.last.failure.exception is None


@EACH
@pytest.mark.parametrize("raw", [b"", b"\xff", b"\xff" * 8, b"-7", b"9" * 400, b"12.5"])
def test_what_no_framework_writes_breaks_nothing(written: Letter, raw: bytes) -> None:
    headers: tuple[Header, ...] = tuple((name, raw) for name, _ in written.headers)
    letter = read_letter(record_of("letters", headers=headers))
    assert letter.origin.position is None


@EACH
def test_all_of_it_twice_is_still_a_letter_of_that_framework(written: Letter) -> None:
    headers = (*written.headers, *written.headers)
    assert read_letter(record_of("letters", headers=headers)).framework == written.framework


def test_a_pointer_holds_neither_key_nor_value() -> None:
    headers = LETTERS["share-group"].headers
    assert read_letter(record_of(key=None, value=None, headers=headers)).is_pointer
    assert not read_letter(record_of(value=b"copied", headers=headers)).is_pointer


def test_karafkas_replaced_key_is_the_headers_and_lost_without_it() -> None:
    place = prefixed("original_", "topic partition offset", *TEXT_PLACE)
    lost = read_letter(record_of(key=b"3", headers=place))
    assert (lost.key, lost.is_pointer) == (None, True)
    empty = read_letter(record_of(key=b"3", headers=(*place, ("original_key", b""))))
    assert (empty.key, empty.is_pointer) == (None, False)


def test_an_applications_own_names_are_nobodys_letter() -> None:
    names = "source_topic original_key x-source x-source-topic x-failed-attempts failed-at __rule"
    headers: tuple[Header, ...] = tuple((name, b"orders") for name in names.split())
    assert read_letter(record_of(headers=headers)).framework is None


def test_overwritten_headers_that_are_repeated_all_the_same_count_by_the_last() -> None:
    place = prefixed("source_", "topic partition offset", *TEXT_PLACE)
    later = prefixed("source_", "topic partition offset", b"orders", b"3", b"12346")
    letter = read_letter(record_of(headers=(*place, *later)))
    assert [hop.origin.offset for hop in letter.hops] == [12346]


@pytest.mark.parametrize("name", ["connect without a message", "schema-registry-rule"])
def test_appended_headers_are_hops_the_first_the_oldest(name: str) -> None:
    first = LETTERS[name].headers
    second = tuple((n, b"orders-dlq" if n.endswith("topic") else value) for n, value in first)
    letter = read_letter(record_of(headers=(*first, *second)))
    assert [hop.origin.topic for hop in letter.hops] == ["orders", "orders-dlq"]


def test_smallryes_headers_are_hops_the_last_the_oldest() -> None:
    older = LETTERS["smallrye"].headers
    newer = prefixed("dead-letter-", "reason topic partition offset",
                     b"again", b"dead-letter-topic-in", b"0", b"7")  # fmt: skip
    letter = read_letter(record_of(headers=(*newer, *older)))
    assert [hop.origin.topic for hop in letter.hops] == ["orders", "dead-letter-topic-in"]
    assert [hop.failure.message for hop in letter.hops] == ["boom", "again"]
    assert [hop.failure.cause for hop in letter.hops] == ["x.Cause", None]


def test_smallryes_delayed_retries_are_counted_hop_by_hop() -> None:
    def hop(topic: bytes, offset: bytes, reason: bytes) -> tuple[Header, ...]:
        names = "exception-class-name reason topic partition offset"
        return prefixed("delayed-retry-", names, b"x.E", reason, topic, b"3", offset)

    letter = read_letter(
        record_of(
            headers=(
                *hop(b"orders_retry_20000", b"8", b"third"),
                *hop(b"orders_retry_10000", b"5", b"second"),
                *hop(b"orders", b"12345", b"first"),
                ("delayed-retry-original-timestamp", b"1700000000000"),
                ("delayed-retry-first-processing-timestamp", b"1700000000100"),
                *((("delayed-retry-count"), b"%d" % n) for n in range(3)),
            )
        )
    )
    assert [hop.origin.topic for hop in letter.hops] == [
        "orders", "orders_retry_10000", "orders_retry_20000"
    ]  # fmt: skip
    assert [hop.failure.message for hop in letter.hops] == ["first", "second", "third"]
    assert [hop.attempts for hop in letter.hops] == [1, 2, 3]
    assert letter.origin.timestamp_ms == 1_700_000_000_000


def test_a_wolverine_letter_that_was_retried_has_its_source_first() -> None:
    retry = LETTERS["wolverine on its way to another try"].headers
    dead = tuple(
        (name, b"kafka://topic/orders.retry.5m" if name == "original-destination" else value)
        for name, value in LETTERS["wolverine"].headers
    )
    letter = read_letter(record_of(headers=(*retry, *dead)))
    assert [hop.origin.topic for hop in letter.hops] == ["orders", "orders.retry.5m"]
    assert letter.last.failure.exception == "System.InvalidOperationException"
    assert letter.last.attempts == 2
