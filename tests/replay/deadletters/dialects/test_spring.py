"""Letters that Spring Kafka wrote tell where they came from and why."""

import pytest

from readers.record import Header, Position, Record
from replay.deadletters.reading import origin_of, read_letter
from tests.corpus_records import corpus
from tests.fakes import record_of

SPRING = corpus("spring")
HOPS = [r for r in SPRING if r.headers and ("-dlt" in r.topic or "-retry-" in r.topic)]


def failure_of(record: Record) -> str | None:
    failure = read_letter(record).last.failure
    return failure.cause or failure.exception


BY_POSITION = {record.position: record for record in SPRING}
ORIGIN: tuple[Header, ...] = (
    ("kafka_dlt-original-topic", b"order-events"),
    ("kafka_dlt-original-partition", (3).to_bytes(4, "big")),
    ("kafka_dlt-original-offset", (12345).to_bytes(8, "big")),
)


def replaced(name: str, raw: bytes | None) -> tuple[Header, ...]:
    return tuple((n, raw if n.endswith(name) else value) for n, value in ORIGIN)


@pytest.mark.parametrize("letter", HOPS, ids=lambda record: str(record.position))
def test_a_real_letter_names_the_record_that_failed(letter) -> None:  # type: ignore[no-untyped-def]
    position = origin_of(letter)
    assert position is not None
    origin = BY_POSITION[position]
    assert origin.topic in ("real-order-events", "real-order-retry")
    assert origin.key == letter.key
    # @RetryableTopic serializes what it had decoded once more; the others keep the bytes.
    if origin.topic == "real-order-events":
        assert origin.value == letter.value


def test_all_the_real_letters_are_there_and_say_why_they_failed() -> None:
    assert len(HOPS) == 14 + 4 + 3 + 3
    assert all(failure_of(letter) for letter in HOPS)


def test_records_that_never_failed_name_no_origin() -> None:
    sources = [r for r in SPRING if r.topic in ("real-order-events", "real-order-retry")]
    assert {origin_of(record) for record in sources} == {None}
    assert {failure_of(record) for record in sources} == {None}


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


def test_the_cause_goes_before_the_exception_around_it() -> None:
    around = ("kafka_dlt-exception-fqcn", b"Around")
    cause = ("kafka_dlt-exception-cause-fqcn", b"Cause")
    assert failure_of(record_of(headers=(around, cause))) == "Cause"
    assert failure_of(record_of(headers=(around,))) == "Around"
