"""The order reducer: what an order is after its events, what they say, which rules break."""

import copy
from functools import reduce as fold
from typing import Any

import pytest

from replay.reducers import order


def event(kind: str, value: Any = None, *, error: str | None = None) -> dict[str, Any]:
    return {"type": kind, "value": {} if value is None else value, "error": error, "aggregate": "o"}


CREATED = event("OrderCreated", {"orderId": "o", "customerId": "c-17", "currency": "USD"})
ITEM_1 = event("ItemAdded", {"orderId": "o", "sku": "sku-1", "quantity": 2, "unitPrice": 25.0})
ITEM_9 = event("ItemAdded", {"orderId": "o", "sku": "sku-9", "quantity": 1, "unitPrice": 100.0})
PAID = event("OrderPaid", {"orderId": "o", "amount": 150.0, "currency": "USD"})
RESERVED = event("StockReserved", {"orderId": "o", "warehouse": "B", "items": []})
PROCESSED = event("PaymentProcessed", {"amount": 150.0, "method": "card"})
CANCELLED = event("OrderCancelled", {"reason": "payment failed"})
REFUNDED = event("RefundIssued", {"amount": 150.0, "reason": "no stock"})
FAILED = event("PaymentFailed", {"reason": "gateway timeout", "attempt": 2, "maxAttempts": 4})


def state_after(*events: dict[str, Any]) -> Any:
    return fold(order.reduce, events, order.initial("o"))


def test_the_event_sourcing_example_gives_items_status_and_total() -> None:
    state = state_after(CREATED, ITEM_1, ITEM_9, PAID)
    assert state["items"] == [
        {"sku": "sku-1", "quantity": 2, "unitPrice": 25.0},
        {"sku": "sku-9", "quantity": 1, "unitPrice": 100.0},
    ]
    assert (state["status"], state["total"]) == ("PAID", 150.0)


def test_a_fold_may_begin_with_nothing() -> None:
    assert order.reduce(None, CREATED)["customerId"] == "c-17"


def test_the_state_given_is_never_changed() -> None:
    state = state_after(CREATED, ITEM_1)
    kept = copy.deepcopy(state)
    for each in (ITEM_9, PAID, RESERVED, PROCESSED, CANCELLED, REFUNDED, FAILED):
        order.reduce(state, each)
    assert state == kept


@pytest.mark.parametrize(
    "value",
    [
        {"productId": "x", "price": "25.00", "qty": 2},
        {"item": "x", "amount": 50},
        {"name": "x", "unitPrice": 25.0, "quantity": 2, "other": [1]},
    ],
)
def test_other_field_names_are_understood(value: dict[str, Any]) -> None:
    state = state_after(event("ItemAdded", value))
    assert (state["items"][0]["sku"], state["total"]) == ("x", 50.0)


def test_cents_do_not_drift() -> None:
    items = [event("ItemAdded", {"sku": "x", "unitPrice": 0.1}) for _ in range(30)]
    assert state_after(*items)["total"] == 3.0


def test_an_amount_that_is_no_number_counts_as_nothing() -> None:
    for amount in ("much", float("nan"), float("inf"), True, [1], "1e999999"):
        assert state_after(event("ItemAdded", {"sku": "x", "unitPrice": amount}))["total"] == 0.0


def test_a_payment_is_counted_once_with_the_order_that_is_paid() -> None:
    assert state_after(CREATED, ITEM_1, ITEM_9, PROCESSED, PAID)["paid"] == 150.0


def test_a_failed_payment_counts_its_attempt() -> None:
    state = state_after(CREATED, FAILED)
    assert (state["status"], state["attempts"]) == ("PAYMENT_FAILED", 2)


def test_unknown_types_and_what_cannot_be_read_change_nothing() -> None:
    state = state_after(CREATED)
    assert order.reduce(state, event("SomethingElse", {"status": "X"})) is state
    assert order.reduce(state, event("OrderPaid", "{", error="not JSON")) is state
    assert order.reduce(state, event("OrderPaid", [1])) is state


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (CREATED, "Order created by customer c-17"),
        (ITEM_1, "Item added: sku-1, 2 × 25.00"),
        (PAID, "Order paid: 150.00 USD"),
        (RESERVED, "Stock reserved in warehouse B"),
        (PROCESSED, "Payment of 150.00 USD by card"),
        (FAILED, "Payment failed: gateway timeout (try 2 of 4)"),
        (CANCELLED, "Order cancelled: payment failed"),
        (REFUNDED, "Refunded 150.00 USD: no stock"),
        (event("StockReleased", {"reason": "expired"}), "Stock released: expired"),
        (event("OrderUpdated", {"status": "PACKING"}), "Order updated: PACKING"),
        (
            event("LowStockAlert", {"sku": "sku-9", "remaining": 3, "warehouse": "B"}),
            "Low stock: 3 of sku-9 left in warehouse B",
        ),
    ],
)
def test_each_type_says_a_sentence(told: dict[str, Any], sentence: str) -> None:
    before = state_after(CREATED)
    assert order.narrate(told, before, order.reduce(before, told)) == sentence


def test_every_known_type_has_a_sentence_for_an_empty_value() -> None:
    for kind in order.event_types:
        assert order.narrate(event(kind), None, None)


def test_what_it_does_not_know_it_leaves_to_others() -> None:
    assert order.narrate(event("Other"), None, None) is None
    assert order.narrate(event("OrderPaid", "{", error="not JSON"), None, None) is None


def test_an_ordinary_life_breaks_no_rule_at_any_event() -> None:
    life = [CREATED, ITEM_1, ITEM_9, RESERVED, PROCESSED, PAID, REFUNDED, CANCELLED]
    assert [order.check(state_after(*life[:n])) for n in range(len(life) + 1)] == [[]] * 9


@pytest.mark.parametrize(
    ("events", "rule"),
    [
        ((CREATED, ITEM_1, ITEM_9, CANCELLED, PROCESSED), "a cancelled order is never paid"),
        ((CREATED, ITEM_1, PROCESSED), "paid is not more than the total"),
        ((CREATED, ITEM_1, ITEM_9, PROCESSED, PAID), "a paid order has its stock"),
        ((CREATED, REFUNDED), "an order is refunded no more than was paid"),
    ],
)
def test_a_broken_rule_is_named(events: tuple[dict[str, Any], ...], rule: str) -> None:
    assert order.check(state_after(*events)) == [rule]
