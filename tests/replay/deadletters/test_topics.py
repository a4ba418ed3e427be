"""Topics whose names say that they hold dead letters, or records to be tried again."""

import pytest

from replay.deadletters.topics import is_dead_letter_name, is_retry_name, origin_topic_by_name


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("order-events-dlt", "order-events"),
        ("order-events.DLT", "order-events"),
        ("error.order-events.billing", "order-events"),
        ("order-events__billing__dlq", "order-events"),
        ("order-events-dlq", "order-events"),
        ("order-events.DLQ", "order-events"),
        ("order-events_dead_letter", "order-events"),
        ("order-events-dead-letters", "order-events"),
        ("order-events.parking-lot", "order-events"),
        ("dead-letter-topic-order-events", "order-events"),
        ("dlq.order-events", "order-events"),
    ],
)
def test_a_name_tells_whose_letters_it_holds(name: str, origin: str) -> None:
    assert is_dead_letter_name(name)
    assert origin_topic_by_name(name, {origin, name}) == origin
    assert origin_topic_by_name(name, {name}) is None


@pytest.mark.parametrize(
    "name",
    ["dead-letter-topic-orders", "dlq.group", "wolverine-dead-letter-queue", "order-errors",
     "orders.poison", "orders-parking-lot", "default_ksql_processing_log", "orders-invalid"],
)  # fmt: skip
def test_some_names_tell_that_they_hold_letters_but_not_whose(name: str) -> None:
    assert is_dead_letter_name(name)


@pytest.mark.parametrize("name", ["orders", "dlt", "order-events", "deadlines", "invalidations"])
def test_ordinary_names_hold_no_letters(name: str) -> None:
    assert not is_dead_letter_name(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a-retry", True), ("a-retry-0", True), ("a-retry-500-1", True), ("a_retry_10000", True),
     ("a.retry.5m", True), ("a__g__retry", True), ("retry", False), ("a-retries", False)],
)  # fmt: skip
def test_retry_topics_are_known_by_name(name: str, expected: bool) -> None:
    assert is_retry_name(name) is expected


def test_a_name_that_may_mean_something_else_counts_where_its_topic_exists() -> None:
    assert is_dead_letter_name("error.orders.billing")
    assert is_dead_letter_name("error.orders.billing", {"orders"})
    assert not is_dead_letter_name("error.orders.billing", {"payments"})
    assert is_dead_letter_name("orders-dlt", {"payments"})
