"""An original is fetched from where a letter says it lies, or it is said why it cannot be."""

from readers.record import Header, Position, Record
from replay.deadletters.originals import (
    Found,
    NotFound,
    find_original,
    find_originals,
    neighbours,
)
from replay.deadletters.provenance import Provenance
from replay.deadletters.reading import read_letter
from tests.fakes import START_MS, FakeSource, record_of, records_of
from tests.replay.deadletters.dialects.handmade import prefixed

DLQ = "order-events-dlq"


def pointer(partition: int, offset: int, topic: str = "order-events") -> Record:
    place = (topic.encode(), str(partition).encode(), str(offset).encode())
    headers = prefixed("__dlq.errors.", "topic partition offset", *place)
    return record_of(DLQ, key=None, value=None, headers=headers)


def found(source: FakeSource, letter: Record, **options: int) -> Found:
    result = find_original(source, read_letter(letter), **options)
    assert isinstance(result, Found), result
    return result


def why_not(source: FakeSource, letter: Record, **options: int) -> str:
    result = find_original(source, read_letter(letter), **options)
    assert isinstance(result, NotFound), result
    return result.why


ORDERS = records_of(30)


def test_a_pointer_leads_to_the_record_with_its_key_and_value() -> None:
    assert found(FakeSource(ORDERS), pointer(2, 5)).record == ORDERS[17]


def test_it_is_said_why_nothing_lies_there() -> None:
    source = FakeSource([record for record in ORDERS if record.position[1:] != (1, 5)])
    source.starts[ORDERS[0].position.topic_partition] = 4
    assert why_not(source, pointer(0, 3)) == (
        "Retention removed order-events:0@3: the partition begins at 4 now."
    )
    assert why_not(source, pointer(7, 3)) == (
        "order-events has 3 partitions now, and none of number 7."
    )
    assert "ends at 10" in why_not(source, pointer(0, 10))
    assert "compacted away" in why_not(source, pointer(1, 5))
    assert why_not(source, pointer(0, 3, "gone")) == ("There is no topic gone in fake:9092.")


def test_another_record_in_its_place_is_not_taken_for_it() -> None:
    headers: tuple[Header, ...] = prefixed(
        "__connect.errors.", "topic partition offset", b"order-events", b"0", b"1"
    )
    letter = record_of(DLQ, headers=headers, timestamp_ms=START_MS - 1)  # the original's time
    assert "another time than the original" in why_not(FakeSource(ORDERS), letter)


LATE_MS = START_MS + 10_000_000


def payload_only(value: bytes | None) -> Record:
    return record_of(DLQ, key=None, value=value, timestamp_ms=LATE_MS)


def test_a_letter_of_value_alone_leads_to_the_one_record_with_that_value() -> None:
    result = found(
        FakeSource([*ORDERS, payload_only(ORDERS[4].value)]), payload_only(ORDERS[4].value)
    )
    assert result.record == ORDERS[4]
    assert "all 30 offsets of order-events were searched" in result.how


def test_several_records_with_its_value_are_named_and_none_is_chosen() -> None:
    twice = [*ORDERS, record_of(offset=10, value=ORDERS[4].value)]
    why = why_not(FakeSource(twice), payload_only(ORDERS[4].value))
    assert "2 records" in why
    assert "order-events:0@10" in why


def resent(of: Record, offset: int, origin: Record) -> Record:
    """What kstory sent of a letter whose origin is another record."""
    told = Provenance("id", 0, Position(DLQ, 0, 0), origin.position, 1, LATE_MS - 100 + offset)
    return of._replace(offset=offset, timestamp_ms=LATE_MS - 100 + offset, headers=told.headers())


def test_what_kstory_sent_again_of_a_record_is_no_second_record() -> None:
    original = ORDERS[4]
    once = resent(original, 10, original)
    twice = resent(original, 11, once)
    result = found(FakeSource([*ORDERS, once, twice]), payload_only(original.value))
    assert result.record == twice
    assert "as kstory sent it last" in result.how


def test_of_a_record_sent_again_a_letter_from_before_is_of_the_record_itself() -> None:
    original = ORDERS[4]
    letter = payload_only(original.value)._replace(timestamp_ms=LATE_MS - 1_000)
    assert found(FakeSource([*ORDERS, resent(original, 10, original)]), letter).record == original


def test_a_letter_with_its_key_is_told_from_another_with_the_same_value() -> None:
    twice = [*ORDERS, record_of(offset=10, value=ORDERS[4].value, key=b"another")]
    letter = payload_only(ORDERS[4].value)._replace(key=ORDERS[4].key)
    assert found(FakeSource(twice), letter).record == ORDERS[4]


def test_many_letters_are_searched_for_in_one_pass() -> None:
    source = FakeSource(ORDERS)
    letters = [
        read_letter(payload_only(record.value)._replace(offset=n))
        for n, record in enumerate(ORDERS)
    ]
    results = find_originals(source, letters)
    originals = [result.record for result in results.values() if isinstance(result, Found)]
    assert originals == ORDERS
    assert sum(span.width for span in source.reads) == 30


def test_of_letters_of_one_value_the_earlier_one_is_of_the_earlier_record() -> None:
    later = record_of(offset=10, value=ORDERS[4].value, timestamp_ms=START_MS + 60_000)
    early = payload_only(ORDERS[4].value)._replace(timestamp_ms=START_MS + 30_000)
    late = early._replace(offset=1, timestamp_ms=START_MS + 90_000)
    results = find_originals(FakeSource([*ORDERS, later]), [read_letter(early), read_letter(late)])
    assert isinstance(results[early.position], Found)
    assert isinstance(results[late.position], NotFound)


def test_it_is_said_how_far_was_looked() -> None:
    letter = payload_only(ORDERS[0].value)
    why = why_not(FakeSource(ORDERS), letter, limit=6)
    assert "6 of 30 offsets of order-events were searched" in why


def test_what_came_after_the_letter_is_not_searched() -> None:
    source = FakeSource(ORDERS)
    letter = payload_only(ORDERS[4].value)._replace(timestamp_ms=START_MS + 6_000)
    found(source, letter)
    assert sum(span.width for span in source.reads) == 7


def test_without_a_value_or_a_name_there_is_nothing_to_search_for() -> None:
    assert "neither an offset nor" in why_not(FakeSource(ORDERS), payload_only(None))
    nameless = payload_only(b"x")._replace(topic="parked")
    assert "Nothing in the letter" in why_not(FakeSource(ORDERS), nameless)


def test_neighbours_pass_over_offsets_that_hold_no_record() -> None:
    source = FakeSource([record_of(offset=n) for n in (0, 1, 400, 401, 900, 2500)])
    around = neighbours(source, Position("order-events", 0, 401), 2)
    assert [record.offset for record in around] == [1, 400, 401, 900, 2500]


def test_neighbours_of_a_record_that_is_gone_are_those_around_the_gap() -> None:
    source = FakeSource([record_of(offset=n) for n in (3, 4, 6, 7)])
    around = neighbours(source, Position("order-events", 0, 5), 1)
    assert [record.offset for record in around] == [4, 6]
    assert neighbours(source, Position("order-events", 0, 4), 0) == (record_of(offset=4),)
