"""Letters of Spring Kafka: numbers, repeated headers, retry topics, messages and causes."""

from struct import pack

import pytest

from readers.record import Header, Position
from replay.deadletters.letter import Confidence
from replay.deadletters.reading import origin_of, read_letter
from tests.fakes import record_of

ORIGIN: tuple[Header, ...] = (
    ("kafka_dlt-original-topic", b"order-events"),
    ("kafka_dlt-original-partition", (3).to_bytes(4, "big")),
    ("kafka_dlt-original-offset", (12345).to_bytes(8, "big")),
)


def replaced(name: str, raw: bytes | None) -> tuple[Header, ...]:
    return tuple((n, raw if n.endswith(name) else value) for n, value in ORIGIN)


def test_numbers_are_big_endian() -> None:
    assert origin_of(record_of(headers=ORIGIN)) == Position("order-events", 3, 12345)


def test_the_first_of_repeated_headers_is_the_origin() -> None:
    later = tuple((name, b"\x00" * len(value or b"")) for name, value in ORIGIN)
    assert origin_of(record_of(headers=(*ORIGIN, *later))) == Position("order-events", 3, 12345)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("topic", None),
        ("topic", b"\xff"),
        ("partition", b""),
        ("partition", b"3"),
        ("partition", b"\xff\xff\xff\xff"),
        ("offset", b"12345"),
        ("offset", b"\xff" * 8),
    ],
)
def test_headers_that_cannot_be_springs_name_no_origin(name: str, raw: bytes | None) -> None:
    assert origin_of(record_of(headers=replaced(name, raw))) is None


def origin(family: str, topic: bytes, offset: int) -> tuple[Header, ...]:
    return (
        (f"{family}original-topic", topic),
        (f"{family}original-partition", pack(">i", 3)),
        (f"{family}original-offset", pack(">q", offset)),
    )


def failure(family: str, cause: bytes) -> tuple[Header, ...]:
    return (
        (f"{family}exception-fqcn", b"Around"),
        (f"{family}exception-cause-fqcn", cause),
        (f"{family}exception-message", b"Listener failed; " + cause),
    )


def hops_of(*headers: Header) -> list[tuple[int | None, str | None]]:
    """Each hop's offset and cause."""
    letter = read_letter(record_of(headers=headers))
    return [(hop.origin.offset, hop.failure.cause) for hop in letter.hops]


FIRST, SECOND = origin("kafka_dlt-", b"orders", 7), origin("kafka_dlt-", b"orders-dlt", 8)


def test_a_letter_of_a_letter_has_two_hops_and_since_2_8_only_the_latest_failure() -> None:
    assert hops_of(*FIRST, *failure("kafka_dlt-", b"B"), *SECOND) == [(7, None), (8, "B")]


def test_failures_that_were_kept_belong_to_the_hop_they_were_written_at() -> None:
    headers = (*FIRST, *failure("kafka_dlt-", b"A"), *SECOND, *failure("kafka_dlt-", b"B"))
    assert hops_of(*headers) == [(7, "A"), (8, "B")]


def test_a_group_that_only_the_second_hop_has_is_not_the_firsts() -> None:
    group = ("kafka_dlt-original-consumer-group", b"second")
    letter = read_letter(record_of(headers=(*FIRST, *SECOND, group)))
    assert [hop.consumer_group for hop in letter.hops] == [None, "second"]


RETRIED = origin("kafka_", b"orders", 7)


def tried(*numbers: int) -> tuple[Header, ...]:
    return tuple(("retry_topic-attempts", pack(">i", number)) for number in numbers)


def test_each_try_in_a_retry_topic_is_a_hop() -> None:
    assert hops_of(*RETRIED, *tried(2, 3), *failure("kafka_", b"B")) == [(7, None), (None, "B")]


def test_up_to_2_7_8_each_try_kept_its_failure() -> None:
    headers = (*RETRIED, *failure("kafka_", b"A"), *failure("kafka_", b"B"), *tried(2, 3))
    assert hops_of(*headers) == [(7, "A"), (None, "B")]


def test_tries_whose_headers_were_not_kept_are_not_made_up() -> None:
    letter = read_letter(record_of(headers=(*RETRIED, *tried(9), *failure("kafka_", b"B"))))
    assert [(hop.origin.offset, hop.attempts) for hop in letter.hops] == [(7, None), (None, 8)]
    assert letter.last.failure.cause == "B"


def test_a_retried_letter_that_a_recoverer_gave_up_once_more_has_all_the_hops() -> None:
    again = origin("kafka_dlt-", b"orders-dlt", 1)
    headers = (*RETRIED, *tried(2, 3), *again, *failure("kafka_dlt-", b"C"))
    assert hops_of(*headers) == [(7, None), (None, None), (1, "C")]


def test_a_letter_that_came_from_a_dead_letter_topic_into_retry_topics_has_all_the_hops() -> None:
    again = origin("kafka_", b"orders-dlt", 1)
    headers = (*FIRST, *again, *tried(2, 3), *failure("kafka_", b"C"))
    assert hops_of(*headers) == [(7, None), (1, None), (None, "C")]


def test_why_a_key_could_not_be_read_is_told_where_nothing_else_is() -> None:
    of_key = (("kafka_dlt-key-exception-fqcn", b"K"), ("kafka_dlt-key-exception-message", b"no"))
    letter = read_letter(record_of(headers=(*FIRST, *of_key)))
    assert (letter.last.failure.exception, letter.last.failure.message) == ("K", "no")
    both = read_letter(record_of(headers=(*FIRST, *of_key, ("kafka_dlt-exception-fqcn", b"V"))))
    assert both.last.failure.exception == "V"


@pytest.mark.parametrize(
    ("message", "own"),
    [
        ("Listener failed; out of stock", "out of stock"),
        ("Listener method 'void a.B.on(a.C)' threw exception; out; of\nstock", "out; of\nstock"),
        ("Listener failed; nested exception is a.StockException: out of stock", "out of stock"),
        ("Listener failed; nested exception is a.StockException", None),
        ("out of stock", "out of stock"),
    ],
)
def test_the_message_is_the_causes_own(message: str, own: str | None) -> None:
    headers = (*FIRST, ("kafka_dlt-exception-message", message.encode()))
    cause = ("kafka_dlt-exception-cause-fqcn", b"a.StockException")
    assert read_letter(record_of(headers=(*headers, cause))).last.failure.message == own
    assert read_letter(record_of(headers=headers)).last.failure.message == message


def test_without_a_causes_header_the_last_one_of_the_stack_is_it() -> None:
    stack = (
        b"Around: x\n\tat a.B.c(B.java:1)\n\tSuppressed: S: y\n\tCaused by: Suppressed$Cause: z\n"
        b"Caused by: Middle: m\n\t... 3 more\nCaused by: a.Root$Inner\n\t... 4 more\n"
    )
    letter = read_letter(record_of(headers=(*FIRST, ("kafka_dlt-exception-stacktrace", stack))))
    assert letter.last.failure.cause == "a.Root$Inner"


def test_names_without_an_origin_are_springs_letter_but_not_surely() -> None:
    letter = read_letter(record_of(headers=(("kafka_dlt-exception-fqcn", b"E"),)))
    assert (letter.framework, letter.confidence) == ("spring", Confidence.LIKELY)
