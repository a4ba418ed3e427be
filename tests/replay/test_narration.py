"""An event says what it is in one plain sentence."""

import pytest

from replay.narration import narrate, sentence_case
from replay.summary import summary
from tests.replay.told import event


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("OrderPaid", "Order paid"),
        ("order_paid", "Order paid"),
        ("com.shop.OrderPaid", "Order paid"),
        ("HTTPFailed", "HTTP failed"),
        ("PaidV2", "Paid v 2"),
        ("", ""),
        ("…", "…"),
    ],
)
def test_a_type_becomes_words(name: str, sentence: str) -> None:
    assert sentence_case(name) == sentence


def test_a_payload_is_told_by_its_first_plain_fields() -> None:
    fields = {
        "id": "order-1",
        "a": 1.5,
        "b": None,
        "c": True,
        "d": [1, 2],
        "e": {"x": 1},
        "f": 1,
    }
    assert summary(fields, leave_out="order-1") == "a 1.5 · c true · d [2] · e {1}"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (event(type="OrderPaid", value={"amount": 5}), "Order paid: amount 5"),
        (event(type="OrderPaid"), "Order paid"),
        (event(value={"type": "OrderPaid", "id": "order-1", "by": "me"}), "Order paid: by me"),
        (event(raw=b"hello"), "Event: hello"),
        (event(raw=b"\xff\x00"), "Event: 2 bytes"),
        (event(raw=None), "Deleted (tombstone)"),
        (event(type="OrderPaid", raw=None), "Order paid (no value)"),
        (event(raw=b"x" * 100), "Event: " + "x" * 59 + "…"),
        (event(topic="order-events-dlt"), "→ dead letter in order-events-dlt"),
    ],
)
def test_each_kind_of_event_says_something(told, says: str) -> None:  # type: ignore[no-untyped-def]
    assert narrate(told) == says


def test_an_event_that_cannot_be_decoded_says_why() -> None:
    assert narrate(event(type="OrderPaid", raw=b"[1,")).startswith("Cannot be decoded: not JSON: ")


def test_a_letter_says_what_failed() -> None:
    headers = [("kafka_dlt-exception-fqcn", b"java.lang.IllegalStateException")]
    says = narrate(event(topic="order-events-dlt", headers=headers))
    assert says == "→ dead letter in order-events-dlt: IllegalStateException"
