"""A letter that went through several frameworks; headers that nobody knows; how long it takes."""

import time

from hypothesis import given
from hypothesis import strategies as st

from readers.record import Header, Position, Record
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.letter import Confidence, Hop
from replay.deadletters.reading import read_letter, recognising
from tests.corpus_records import corpus
from tests.fakes import record_of
from tests.replay.deadletters.dialects.handmade import LETTERS, named, prefixed


def place(topic: bytes, offset: bytes = b"7") -> tuple[Header, ...]:
    names = "topic partition offset exception.class.name"
    return prefixed("__connect.errors.", names, topic, b"3", offset, b"x.SinkFailed")


SPRINGS = LETTERS["spring"].headers


def test_a_letter_that_two_frameworks_had_is_the_later_ones_with_the_hops_of_both() -> None:
    letter = read_letter(record_of(headers=(*SPRINGS, *place(b"orders-dlt"))))
    assert letter.framework == "connect"
    assert [hop.origin.topic for hop in letter.hops] == ["orders", "orders-dlt"]
    assert [hop.failure.exception for hop in letter.hops] == [
        "org.x.ListenerExecutionFailedException", "x.SinkFailed"
    ]  # fmt: skip


def test_the_one_that_read_a_dead_letter_topic_came_later_wherever_its_headers_are() -> None:
    smallryes = prefixed("dead-letter-", "reason topic partition offset",
                         b"boom", b"orders-dlt", b"0", b"1")  # fmt: skip
    letter = read_letter(record_of(headers=(*smallryes, *SPRINGS)))
    assert letter.framework == "smallrye"
    assert [hop.origin.topic for hop in letter.hops] == ["orders", "orders-dlt"]


def test_one_failure_that_two_frameworks_tell_is_one_hop() -> None:
    stream = LETTERS["spring-cloud-stream"].headers
    letter = read_letter(record_of(headers=(*SPRINGS, *stream)))
    assert len(letter.hops) == 1
    assert letter.origin.position == Position("orders", 3, 12345)
    assert letter.last.consumer_group == "billing"
    assert letter.last.failure.cause == "java.lang.IllegalStateException"


def test_a_letter_that_kept_its_originals_time_does_not_tell_when_it_failed() -> None:
    connects, springs = place(b"orders"), SPRINGS
    read = {headers: read_letter(record_of(headers=headers)) for headers in (connects, springs)}
    assert {headers: letter.has_time_of_origin for headers, letter in read.items()} == {
        connects: True, springs: False
    }  # fmt: skip
    assert not read_letter(record_of(headers=connects, timestamp_ms=None)).has_time_of_origin


def test_dialects_that_recognise_a_record_are_told_for_what_they_own() -> None:
    record = record_of(headers=(*SPRINGS, *place(b"orders-dlt"), ("source_topic", b"x")))
    assert [dialect.name for dialect in recognising(record)] == ["spring", "connect"]


def test_a_record_of_no_framework_is_a_letter_only_by_its_topics_name() -> None:
    record = record_of("orders-dlq", key=None, headers=named("x-source eventId", b"a", b"b"))
    letter = read_letter(record)
    assert (letter.framework, letter.confidence) == (None, Confidence.GUESSED)
    assert (letter.hops, letter.key, letter.is_pointer) == ((Hop(),), None, False)


NAMES = sorted({name for written in LETTERS.values() for name, _ in written.headers})
HEADERS = st.lists(st.tuples(st.sampled_from([*NAMES, "own"]), st.none() | st.binary()))


@given(headers=HEADERS, key=st.none() | st.binary(), value=st.none() | st.binary())
def test_no_headers_whatever_make_it_fail(
    headers: list[Header], key: bytes | None, value: bytes | None
) -> None:
    for topic in ("orders-dlq", "orders__billing__dlq", "x_ksql_processing_log"):
        letter = read_letter(record_of(topic, key=key, value=value, headers=tuple(headers)))
        assert letter.hops
        for hop in letter.hops:
            position = hop.origin.position
            assert position is None or (position.partition >= 0 and position.offset >= 0)


def _seconds(records: list[Record]) -> float:
    start_s = time.process_time()
    for record in records:
        read_letter(record, BUILT_IN)
    return time.process_time() - start_s


def test_letters_are_read_fast() -> None:
    """80,000 a second where nothing else runs; a busy machine is allowed a quarter of that."""
    letters = [record for record in corpus("spring") if record.topic == "real-order-events-dlt"]
    full = [record for record in letters if len(record.headers) >= 12]
    assert _seconds(full * (20_000 // len(full))) < 1.0


def test_records_without_a_known_header_cost_a_fifth_of_that() -> None:
    records = [record for record in corpus("debezium") if record.headers]
    assert _seconds(records * (20_000 // len(records))) < 0.2


def test_headers_of_ever_new_names_are_not_all_remembered() -> None:
    for n in range(3_000):
        read_letter(record_of(f"t-{n}", headers=((f"own-{n}", b"x"),)))
    assert read_letter(record_of(headers=SPRINGS)).framework == "spring"
