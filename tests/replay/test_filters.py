"""Conditions on events, as people type them."""

import pytest

from readers.errors import UsageError
from replay.event import Event
from replay.filters import NAMES, EventFilter
from replay.streams import Stream
from tests.fakes import START_MS, record_of

STREAM = Stream("orders", ("order-events",))
VALUE = b"""{"type": "OrderPaid", "amount": 150.5, "count": 3, "tags": ["a", "b"], "note": null,
 "items": [{"sku": "x", "qty": 2}], "huge": 18446744073709551615}"""


def paid(**changed: object) -> Event:
    record = record_of(
        partition=3, offset=7, value=VALUE, headers=(("a", b"1"), ("a", b"2"), ("n", None))
    )
    return STREAM.event(record._replace(**changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        'value.amount > 100 && type != "ItemAdded"',
        "value.amount > 150.0",
        "value.count == 3",
        "partition == 3 && offset >= 7",
        'key == "order-1" && topic.startsWith("order")',
        'aggregate.matches("^order-[0-9]+$")',
        'headers.a == "2"',
        "headers.n == null",
        'headers["a"] in ["1", "2"]',
        "has(value.amount) && !has(value.missing)",
        'value.tags.exists(t, t == "b")',
        "value.items.all(item, item.qty > 1)",
        'value.items.map(i, i.sku) == ["x"]',
        'value.items.filter(i, i.qty > 1).exists_one(i, i.sku == "x")',
        "value.huge > 5u",
        "value.note == null",
        "error == null && event_id == null",
        'encoding == "json"',
        f"timestamp == {START_MS}",
        'value.missing == 1 || type == "OrderPaid"',
        "type(value.count) == int",
        "size(value) == 7 && value.count == 3",
        "value.size() == 7",
        '"amount" in value && value . count == 3',
        'value["amount"] > 100.0 && value.count == 3',
        'value.tags.map(value, value + "x") == ["ax", "bx"]',
        "value.items.all(value, value.qty == 2)",
        'key != "value" && value.count == 3',
    ],
)
def test_a_condition_that_is_true_matches(text: str) -> None:
    assert EventFilter(text).matches(paid())


@pytest.mark.parametrize(
    "text",
    [
        "value.missing > 1",
        "value.amount.deeper == 1",
        'value.amount > "100"',
        "value.tags[5] == 1",
        "value.count / 0 == 1",
        "value.count + 9223372036854775807 > 0",
        'headers.missing == "1"',
        'key.matches("[")',
        "value.amount",
        "type",
        "value.huge + 1u > 0u",
    ],
)
def test_what_is_missing_of_another_type_or_no_truth_does_not_match(text: str) -> None:
    assert not EventFilter(text).matches(paid())


@pytest.mark.parametrize("value", [None, b"", b"text", b"\xff", b'{"a":', b"[1]", b"7"])
def test_a_condition_on_a_field_does_not_match_a_value_that_has_none(value: bytes | None) -> None:
    assert not EventFilter("value.amount > 1").matches(paid(value=value))


def test_a_missing_timestamp_is_neither_before_nor_after() -> None:
    event = paid(timestamp_ms=None, timestamp_type=None)
    assert not EventFilter("timestamp > 0").matches(event)
    assert not EventFilter("timestamp <= 0").matches(event)
    assert EventFilter("timestamp == null").matches(event)


def test_a_value_200_levels_deep_is_no_harm() -> None:
    deep = b'{"amount":2,"deep":' + b"[" * 199 + b"]" * 199 + b"}"
    assert EventFilter("value.amount > 1").matches(paid(value=deep))


@pytest.mark.parametrize("text", ["type ==", "", "a b", "value.", "(" * 5000, "'open"])
def test_what_is_no_condition_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(UsageError, match=r"^The condition is not valid CEL: at character"):
        EventFilter(text)


def test_a_name_that_no_event_has_is_refused_with_those_it_has() -> None:
    with pytest.raises(UsageError, match=r"names 'amount', which no event has") as error:
        EventFilter("amount > 100")
    assert all(name in str(error.value) for name in NAMES)


def test_a_name_is_known_only_where_it_is_bound() -> None:
    EventFilter("value.tags.all(each, each != type)")
    with pytest.raises(UsageError, match="'each'"):
        EventFilter("each == 1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'type.startswith("Order")',
            r"calls startswith\(\), which CEL does not have; .* startsWith",
        ),
        ("value.missing == 1 && nosuchfn(value)", r"calls nosuchfn\(\), which CEL does not have"),
    ],
)
def test_a_function_that_is_not_there_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        EventFilter(text)


def test_a_condition_tells_on_how_many_events_it_could_not_be_evaluated() -> None:
    where = EventFilter("value.amount + 1 > 100")
    for value in (b'{"amount":150.5}', b'{"amount":2}', b'{"other":2}', b'{"amount":null}', None):
        assert not where.matches(paid(value=value))
    assert where.failures.said("events") == (
        "could not be evaluated on 1 of 5 events, first on order-events:3@7: "
        "Unsupported operation: float + int"
    )
    assert not where.failures.is_useless
