"""Every record of the corpus is read right: letters as they were written, others as none."""

import pytest

from readers.record import Position, Record
from replay.deadletters.letter import Confidence, DeadLetter
from replay.deadletters.reading import origin_of, read_letter
from tests.corpus_records import corpus

SPRING, CONNECT, STREAMS = corpus("spring"), corpus("connect"), corpus("streams")
NEVER_FAILED = (*corpus("debezium"), *corpus("schemas"))
ALL = {record.position: record for record in (*SPRING, *CONNECT, *STREAMS, *NEVER_FAILED)}
LISTENER_FAILED = "org.springframework.kafka.listener.ListenerExecutionFailedException"
UNREADABLE = "org.springframework.kafka.support.serializer.DeserializationException"
WRITTEN = {
    "real-order-events-dlt": "spring",
    "real-order-retry-dlt": "spring",
    "real-order-retry-retry-80": "spring",
    "real-order-retry-retry-160": "spring",
    "real-connect-dlq": "connect",
    "real-streams-dlq": "streams",
}
LETTERS = [record for record in ALL.values() if record.topic in WRITTEN]
OTHERS = [record for record in ALL.values() if record.topic not in WRITTEN]


def of(topic: str) -> dict[tuple[int, int], DeadLetter]:
    found = [record for record in LETTERS if record.topic == topic]
    return {(record.partition, record.offset): read_letter(record) for record in found}


def every(record: Record) -> str:
    return str(record.position)


def test_all_the_letters_and_the_other_records_are_there() -> None:
    assert (len(LETTERS), len(OTHERS)) == (14 + 4 + 3 + 3 + 10 + 12, 158 + 35)


@pytest.mark.parametrize("record", LETTERS, ids=every)
def test_a_letter_is_its_frameworks_and_leads_to_the_record_that_failed(record: Record) -> None:
    letter = read_letter(record)
    assert (letter.framework, letter.confidence) == (WRITTEN[record.topic], Confidence.SURE)
    assert letter.origin.position is not None
    origin = ALL[letter.origin.position]
    assert (origin.key, origin.timestamp_ms) == (letter.key, letter.origin.timestamp_ms)
    assert origin.topic not in WRITTEN
    assert letter.last.failure.exception
    assert letter.last.failure.stack is not None
    assert letter.last.failure.stack.startswith(letter.last.failure.exception)
    assert origin_of(record) == letter.origin.position
    assert not letter.is_pointer


@pytest.mark.parametrize("record", OTHERS, ids=every)
def test_a_record_that_never_failed_is_no_letter(record: Record) -> None:
    letter = read_letter(record)
    assert (letter.framework, letter.confidence) == (None, Confidence.GUESSED)
    assert len(letter.hops) == 1
    assert origin_of(record) is None


def test_springs_letters_say_who_failed_and_why() -> None:
    letters = of("real-order-events-dlt")
    assert {letter.last.consumer_group for letter in letters.values()} == {"orders"}
    assert {len(letter.hops) for letter in letters.values()} == {1}
    said = {
        place: (
            letter.last.failure.exception,
            letter.last.failure.cause,
            letter.last.failure.message,
        )
        for place, letter in letters.items()
    }
    assert said == {
        (0, 0): (LISTENER_FAILED, "java.lang.IllegalStateException",
                 "Kunde »cust-4« hat keinen Zugriff – 注文 ord-4720"),
        (0, 1): (LISTENER_FAILED, "Dlt$PaymentDeclinedException",
                 "Payment aa3ad818-1e12-3391-81e1-a5a3814c84f5 declined: amount 3199 over limit"),
        (0, 2): (UNREADABLE, UNREADABLE, "failed to deserialize"),
        (1, 0): (LISTENER_FAILED, "Dlt$InventoryServiceException",
                 "Reservation failed for order ord-4714"),
        (1, 1): (LISTENER_FAILED, "java.lang.IllegalStateException",
                 "Order ord-4718 cannot transition from SHIPPED to CANCELLED"),
        (1, 2): (LISTENER_FAILED, "java.lang.IllegalArgumentException", None),
        (1, 3): (LISTENER_FAILED, "java.lang.IllegalStateException",
                 "validation failed:\n - amount must be > 0\n - customer missing\torder=ord-4721"),
        (1, 4): (LISTENER_FAILED, "Dlt$InventoryServiceException",
                 "Reservation failed for order ord-4722"),
        (1, 5): (UNREADABLE, UNREADABLE, "failed to deserialize"),
        (2, 0): (LISTENER_FAILED, "java.lang.IllegalStateException",
                 "Order ord-4712 cannot transition from SHIPPED to CANCELLED"),
        (2, 1): (LISTENER_FAILED, "Dlt$PaymentDeclinedException",
                 "Payment 829bfcfb-234f-32b4-942c-1fd74afa1d0b declined: amount 2399 over limit"),
        (2, 2): (LISTENER_FAILED, "java.lang.NullPointerException",
                 'Cannot invoke "String.length()" because "s" is null'),
        (2, 3): (LISTENER_FAILED, "java.lang.IllegalStateException",
                 "Order ord-4724 cannot transition from SHIPPED to CANCELLED"),
        (2, 4): (UNREADABLE, UNREADABLE, "failed to deserialize"),
    }  # fmt: skip


def test_a_springs_letter_is_written_when_it_fails() -> None:
    for letter in of("real-order-events-dlt").values():
        assert letter.last.failed_at_ms == letter.record.timestamp_ms


def test_retry_topics_are_hops_with_the_tries_counted() -> None:
    tries = {
        str(letter.position): tuple(hop.attempts for hop in letter.hops)
        for topic in WRITTEN
        if "retry" in topic
        for letter in of(topic).values()
    }
    assert tries == {
        "real-order-retry-dlt:1@0": (1, 2, 3),
        "real-order-retry-dlt:2@0": (1, 2, 3),
        "real-order-retry-dlt:2@1": (1,),  # it could not be read: no retry would help
        "real-order-retry-dlt:2@2": (1, 2, 3),
        "real-order-retry-retry-80:1@0": (1,),
        "real-order-retry-retry-80:2@0": (1,),
        "real-order-retry-retry-80:2@1": (1,),
        "real-order-retry-retry-160:1@0": (1, 2),
        "real-order-retry-retry-160:2@0": (1, 2),
        "real-order-retry-retry-160:2@1": (1, 2),
    }


def test_a_retried_letter_has_its_origin_first_and_its_failure_last() -> None:
    letter = of("real-order-retry-dlt")[2, 2]
    assert [hop.origin.position for hop in letter.hops] == [
        Position("real-order-retry", 2, 1), None, None
    ]  # fmt: skip
    assert [hop.failure.cause for hop in letter.hops] == [
        None, None, "java.lang.IllegalStateException"
    ]  # fmt: skip
    assert [hop.consumer_group for hop in letter.hops] == ["retryable"] * 3
    assert letter.last.failure.message == "Order r-2 locked by txn 100001"
    assert letter.last.failed_at_ms == letter.record.timestamp_ms


def test_connects_letters_say_who_failed_and_why() -> None:
    letters = of("real-connect-dlq")
    assert {letter.last.failure.exception for letter in letters.values()} == {
        "org.apache.kafka.connect.errors.DataException"
    }
    said = {
        offset: (str(letter.origin.position), letter.last.consumer_group, letter.last.failure.cause)
        for (_, offset), letter in letters.items()
    }
    number, eof = (
        "java.lang.NumberFormatException",
        "com.fasterxml.jackson.core.io.JsonEOFException",
    )
    sink = "connect-real-file-sink"
    assert said == {
        0: ("real-connect-in:1@0", sink, number),
        1: ("real-connect-in:1@4", sink, number),
        2: ("real-connect-in2:0@0", "connect-real-file-sink-schema", None),
        3: ("real-connect-in:1@8", sink, "java.io.CharConversionException"),
        4: ("real-connect-in:0@3", sink, eof),
        5: ("real-connect-in:0@4", sink, eof),
        6: ("real-connect-in:0@5", sink, number),
        7: ("real-connect-in:0@9", sink, eof),
        8: ("real-connect-in:0@10", sink, eof),
        9: ("real-connect-in:0@11", sink, number),
    }
    assert letters[0, 0].last.failure.message == (
        "Value (12,4) was out of range for requested data type"
    )


def test_streams_letters_say_why_and_no_group() -> None:
    letters = of("real-streams-dlq")
    json = ("org.apache.kafka.common.errors.SerializationException",
            "com.fasterxml.jackson.core.JsonParseException", "bad JSON")  # fmt: skip
    state, argument = "java.lang.IllegalStateException", "java.lang.IllegalArgumentException"
    said = {
        offset: (str(letter.origin.position), letter.last.failure.exception,
                 letter.last.failure.cause, letter.last.failure.message)
        for (_, offset), letter in letters.items()
    }  # fmt: skip
    assert said == {
        0: ("real-streams-in:1@2", *json),
        1: ("real-streams-in:1@3", state, None, "refusing to serialize s-4"),
        2: ("real-streams-in:1@7", *json),
        3: ("real-streams-in:1@6", state, None, "refusing to serialize s-10"),
        4: ("real-streams-in:1@8", argument, None, "negative amount -15 in order s-15"),
        5: ("real-streams-in:1@12", argument, None, "negative amount -21 in order s-21"),
        6: ("real-streams-in:0@0", argument, None, "negative amount -3 in order s-3"),
        7: ("real-streams-in:0@2", *json),
        8: ("real-streams-in:0@3", argument, None, "negative amount -9 in order s-9"),
        9: ("real-streams-in:0@8", *json),
        10: ("real-streams-in:0@7", state, None, "refusing to serialize s-16"),
        11: ("real-streams-in:0@9", state, None, "refusing to serialize s-22"),
    }
    assert {letter.last.consumer_group for letter in letters.values()} == {None}


@pytest.mark.parametrize("topic", sorted(WRITTEN))
def test_the_original_has_the_letters_value_unless_the_framework_wrote_it_anew(topic: str) -> None:
    for letter in of(topic).values():
        assert letter.origin.position is not None
        same = ALL[letter.origin.position].value == letter.record.value
        # @RetryableTopic serializes what it had decoded once more.
        assert same or "order-retry" in topic
