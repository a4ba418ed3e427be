"""Topics with dead letters are found by what is in them, the configuration, or their names."""

from collections.abc import Iterator, Sequence

from readers.errors import SourceRefused
from readers.record import Header, Span
from readers.source import Batch
from replay.deadletters.detection import LetterTopic, find_letter_topics
from tests.corpus_records import corpus
from tests.fakes import FakeSource, record_of, records_of

CONNECT: tuple[Header, ...] = (
    ("__connect.errors.topic", b"orders"),
    ("__connect.errors.exception.class.name", b"java.lang.IllegalStateException"),
)


def why(source: FakeSource, *configured: str) -> dict[str, tuple[str, str | None]]:
    return {t.name: (t.why, t.framework) for t in find_letter_topics(source, configured)}


def test_the_topics_of_the_corpus_are_told_apart() -> None:
    source = FakeSource([r for name in ("spring", "connect", "streams") for r in corpus(name)])
    assert why(source) == {
        "real-order-events-dlt": ("headers", "spring"),
        "real-order-retry-dlt": ("headers", "spring"),
        "real-connect-dlq": ("headers", "connect"),
        "real-streams-dlq": ("headers", "streams"),
    }


def test_headers_tell_whatever_the_topic_is_called() -> None:
    letters = [record_of("my-sink-leftovers", offset=n, headers=CONNECT) for n in range(9)]
    assert find_letter_topics(FakeSource([*letters, *records_of(9)])) == (
        LetterTopic("my-sink-leftovers", "headers", "connect", 9),
    )


def test_one_letter_that_was_sent_back_with_its_headers_makes_no_dead_letter_topic() -> None:
    records = [record_of(offset=n, headers=CONNECT if n == 8 else ()) for n in range(9)]
    assert why(FakeSource(records)) == {}


def test_headers_that_others_write_too_need_a_name_or_the_configuration() -> None:
    shared: tuple[Header, ...] = (("x-original-topic", b"orders"),)
    source = FakeSource(
        [record_of(topic, headers=shared) for topic in ("orders-copy", "orders-dlq", "parked")]
    )
    assert why(source, "parked") == {
        "orders-dlq": ("headers", "spring-cloud-stream"),
        "parked": ("headers", "spring-cloud-stream"),
    }


def test_without_headers_the_configuration_goes_before_the_name() -> None:
    source = FakeSource([record_of(topic) for topic in ("orders", "orders-dlq", "parked")])
    assert why(source, "parked", "orders-dlq", "no-such-topic") == {
        "orders-dlq": ("config", None),
        "parked": ("config", None),
    }
    assert why(source) == {"orders-dlq": ("name", None)}


def test_an_ambiguous_name_counts_only_where_the_topic_in_it_exists() -> None:
    source = FakeSource([record_of("error.orders.billing"), record_of("error.report.daily")])
    assert why(source) == {}
    source.add(record_of("orders"))
    assert why(source) == {"error.orders.billing": ("name", None)}


def test_empty_and_internal_topics_are_no_trouble() -> None:
    source = FakeSource(topics=["orders-dlq", "__consumer_offsets", "__x-dlq"])
    assert why(source) == {"orders-dlq": ("name", None)}


def test_only_the_ends_are_read_and_fewer_of_topics_whose_names_say_nothing() -> None:
    names = ("orders", "orders-dlq")
    source = FakeSource([r for name in names for r in records_of(900, topic=name, partitions=9)])
    find_letter_topics(source)
    widths = {name: [span.width for span in source.reads if span.topic == name] for name in names}
    assert widths == {"orders": [3, 3], "orders-dlq": [5] * 9}


def test_a_topic_that_is_gone_by_then_costs_only_its_own_headers() -> None:
    class Gone(FakeSource):
        def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
            if any(span.topic == "orders-dlq" for span in spans):
                raise SourceRefused("There is no topic orders-dlq.")
            return super().read(spans)

    source = Gone([record_of("orders-dlq"), record_of("leftovers", headers=CONNECT)])
    assert why(source) == {"orders-dlq": ("name", None), "leftovers": ("headers", "connect")}


def test_it_stops_looking_when_its_time_is_over() -> None:
    records = [record_of(f"t-{n}", headers=CONNECT) for n in range(400)]
    ticks = iter(range(100_000))
    found = find_letter_topics(FakeSource(records), now_s=lambda: float(next(ticks)))
    assert 0 < len(found) < 20
