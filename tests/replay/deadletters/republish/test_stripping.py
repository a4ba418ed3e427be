"""What goes back with a letter: none of its frameworks' headers, and all of the others."""

import uuid
from contextlib import closing

import pytest

from readers.kafka import KafkaSource
from readers.kafka_writer import KafkaSink
from readers.record import Header, Record
from readers.source import NewTopic
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.provenance import Provenance
from replay.deadletters.reading import read_letter
from replay.deadletters.republish.stripping import has_unwritable_header, headers_back
from tests.broker.broker import Broker
from tests.broker.raw_header import produce_with_header_names
from tests.corpus_records import corpus
from tests.fakes import record_of
from tests.replay.deadletters.dialects.handmade import LETTERS, USERS_OWN, Letter, prefixed
from tests.replay.deadletters.republish.consumers import (
    DEAD,
    OK,
    RETRIED,
    SmallRye,
    SpringRecoverer,
    SpringRetryTopics,
    with_headers,
)

CORPUS = {r.position: r for name in ("spring", "connect", "streams") for r in corpus(name)}
REAL = [record for record in CORPUS.values() if read_letter(record).framework]
SPRINGS = [record for record in REAL if record.topic == "real-order-events-dlt"]
RETRIED_LETTERS = [record for record in REAL if record.topic == "real-order-retry-dlt"]


def back(record: Record) -> Record:
    """As it is sent back."""
    return with_headers(record, headers_back(read_letter(record)).kept)


def unstripped(record: Record) -> Record:
    """As it would be sent back by someone who copies it."""
    return with_headers(record, record.headers)


@pytest.mark.parametrize("record", REAL, ids=lambda record: str(record.position))
def test_a_real_letter_takes_back_what_its_original_had(record: Record) -> None:
    parted = headers_back(read_letter(record))
    position = read_letter(record).origin.position
    assert position is not None
    # Spring's JSON serializer adds the type, which a consumer may need to read the value.
    added = [header for header in parted.kept if header[0] == "__TypeId__"]
    assert parted.kept == (*CORPUS[position].headers, *added)
    assert len(parted.kept) + len(parted.stripped) == len(record.headers)


@pytest.mark.parametrize("written", LETTERS.values(), ids=LETTERS)
def test_all_that_a_framework_wrote_stays_and_all_of_the_users_goes_back(written: Letter) -> None:
    parted = headers_back(read_letter(written.record))
    assert parted.kept == USERS_OWN
    assert parted.stripped == tuple(name for name, _ in written.headers)


def test_no_dialect_owns_what_an_application_writes() -> None:
    own = [*(name for name, _ in USERS_OWN), "ce_id", "ce_type", "eventId", "X-B3-TraceId", "b3"]
    assert not [(d.name, name) for d in BUILT_IN for name in own if d.owns(name)]


def test_names_that_a_framework_uses_are_kept_on_another_ones_letter() -> None:
    own: tuple[Header, ...] = (("source_topic", b"mine"), ("failed-at", b"noon"))
    record = record_of(headers=(*LETTERS["spring"].headers, *own))
    assert headers_back(read_letter(record)).kept == own


@pytest.mark.parametrize(
    "name",
    [
        "retry_topic-backoff-timestamp",
        "kafka_original-offset",
        "kafka_exception-message",
        "kafka_key-exception-fqcn",
        "kafka_dlt-exception-message",
        "deserialization-failure-cause",
        "delayed-retry-topic",
        "wolverine-kafka-retry-attempt",
        "__connect.errors.stage",
        "__streams.errors.message",
        "__dlq.errors.group",
        "__rule.mode",
        "ce_knativeerrordata",
        "springDeserializerExceptionKey",
    ],
)
def test_an_unmistakable_name_stays_where_nothing_else_tells_the_framework(name: str) -> None:
    record = record_of("orders-dlq", headers=((name, b"1"), ("own", b"2")))
    parted = headers_back(read_letter(record, ()), ())
    assert (parted.kept, parted.stripped) == ((("own", b"2"),), (name,))


def test_a_letter_that_two_frameworks_had_takes_neithers_headers_back() -> None:
    record = record_of(headers=(*LETTERS["spring"].headers, *LETTERS["karafka"].headers))
    assert headers_back(read_letter(record)).kept == ()


def test_what_an_earlier_replay_added_is_not_sent_again() -> None:
    at = record_of().position
    earlier = Provenance("id", 0, at, None, 1, 0).headers()
    record = record_of(headers=(*earlier, *LETTERS["spring"].headers, ("own", None)))
    assert headers_back(read_letter(record)).kept == (("own", None),)


def test_a_record_of_no_framework_takes_all_its_headers_back() -> None:
    record = record_of("orders-dlq", headers=USERS_OWN)
    assert headers_back(read_letter(record)).kept == USERS_OWN


@pytest.mark.parametrize("record", RETRIED_LETTERS, ids=lambda record: str(record.position))
def test_springs_consumer_tries_a_stripped_letter_again_as_it_would_a_new_record(
    record: Record,
) -> None:
    consumer = SpringRetryTopics(fails=True)
    assert consumer.receive(back(record)) == RETRIED
    assert consumer.written_origin(back(record)) == 10_000
    assert SpringRetryTopics(fails=False).receive(back(record)) == OK


@pytest.mark.parametrize(
    "record", [r for r in RETRIED_LETTERS if len(read_letter(r).hops) == 3], ids=str
)
def test_an_unstripped_letter_of_spring_goes_straight_back(record: Record) -> None:
    consumer = SpringRetryTopics(fails=True)
    assert consumer.receive(unstripped(record)) == DEAD
    assert consumer.written_origin(unstripped(record)) != 10_000


@pytest.mark.parametrize("kind", ["Key", "Value"])
def test_a_stale_deserializers_exception_would_keep_a_record_from_its_listener(kind: str) -> None:
    stale: tuple[Header, ...] = ((f"springDeserializerException{kind}", b"\xac\xed\x00\x05"),)
    consumer = SpringRetryTopics(fails=False)
    assert consumer.receive(unstripped(record_of(headers=stale))) == DEAD
    assert consumer.receive(back(record_of(headers=stale))) == OK


@pytest.mark.parametrize("record", SPRINGS, ids=lambda record: str(record.position))
def test_a_recoverer_writes_one_origin_for_a_stripped_letter_and_two_else(record: Record) -> None:
    assert SpringRecoverer().written_origins(back(record)) == 1
    assert SpringRecoverer().written_origins(unstripped(record)) == 2


RETRIES = prefixed("delayed-retry-", "topic partition offset reason count",
                   b"orders_retry_50000", b"0", b"7", b"boom", b"3")  # fmt: skip
UNREAD = LETTERS["smallrye that could not read"].headers


def test_smallryes_consumer_takes_a_stripped_letter_as_it_would_a_new_record() -> None:
    for headers in (RETRIES, UNREAD, (*UNREAD, *RETRIES), RETRIES[-1:], UNREAD[-1:]):
        assert SmallRye(fails=False).receive(back(record_of(headers=headers))) == OK
        assert SmallRye(fails=True).receive(back(record_of(headers=headers))) == RETRIED


def test_an_unstripped_letter_of_smallrye_goes_straight_back() -> None:
    assert SmallRye(fails=False).receive(unstripped(record_of(headers=UNREAD))) == DEAD
    assert SmallRye(fails=True).receive(unstripped(record_of(headers=RETRIES))) == DEAD


def test_a_header_whose_name_could_not_be_read_cannot_be_written_as_it_was() -> None:
    assert has_unwritable_header(record_of(headers=(("ok", b"x"), ("caf\ufffd", b"x"))))
    assert not has_unwritable_header(record_of(headers=(("café", b"\xff"), ("", None))))


def test_on_a_cluster_such_a_name_is_seen_and_others_are_not(broker: Broker) -> None:
    topic = f"names-{uuid.uuid4().hex[:8]}"
    with closing(KafkaSink(broker.bootstrap, {})) as sink:
        sink.create_topics([NewTopic(topic, 1, {})])
    produce_with_header_names(broker.bootstrap, topic, b"caf\xe9")
    produce_with_header_names(broker.bootstrap, topic, "café".encode())
    with closing(KafkaSource(broker.bootstrap, {})) as source:
        spans = [span for info in source.topics([topic]) for span in info.spans]
        records = [record for batch in source.read(spans) for record in batch.records]
    assert [has_unwritable_header(record) for record in records] == [True, False]
