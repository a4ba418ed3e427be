"""An order: what was ordered, whether it is paid and has its stock, and what went wrong.

The reducer of the demo's stream, and an example of one: it imports nothing of kstory's.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

State = dict[str, Any]
Value = dict[str, Any]


def initial(aggregate_id: str) -> State:
    """An order that nothing is known of yet."""
    return {
        "orderId": aggregate_id,
        "customerId": None,
        "status": None,
        "currency": None,
        "items": [],
        "total": 0.0,
        "paid": 0.0,
        "refunded": 0.0,
        "stock": None,
        "warehouse": None,
        "attempts": 0,
        "failure": None,
        "cancelled": None,
    }


def reduce(state: Any, event: dict[str, Any]) -> Any:
    """The order after the event; unknown types and what cannot be read change nothing."""
    change = _CHANGES.get(str(event.get("type")))
    value = event.get("value")
    if change is None or event.get("error") is not None or not isinstance(value, dict):
        return state
    before = state if isinstance(state, dict) else {}
    start = initial(str(_first(value, "orderId", "id") or event.get("aggregate") or ""))
    order = {**start, **before}
    return {**order, **change(order, value)}


def check(state: Any) -> list[str]:
    """The rules that this order breaks."""
    if not isinstance(state, dict):
        return []
    return [rule for rule, broken in _RULES.items() if broken(state)]


def _created(order: State, value: Value) -> State:
    return {
        "customerId": _first(value, "customerId", "customer"),
        "currency": _first(value, "currency") or order["currency"],
        # A clock that is behind can put another service's event before this one.
        "status": order["status"] or "CREATED",
    }


def _item_added(order: State, value: Value) -> State:
    item = {
        "sku": _first(value, "sku", "productId", "item", "name"),
        "quantity": _first(value, "quantity", "qty") or 1,
        "unitPrice": _first(value, "unitPrice", "price", "amount") or 0,
    }
    items = [*order["items"], item]
    total = sum((_money(i["quantity"]) * _money(i["unitPrice"]) for i in items), Decimal())
    return {"items": items, "total": _cents(total), "status": order["status"] or "CREATED"}


def _paid(order: State, value: Value) -> State:
    amount = _first(value, "amount", "total")
    paid = order["total"] if amount is None else _cents(_money(amount))
    return {"status": "PAID", "paid": max(paid, order["paid"]), "failure": None}


def _updated(order: State, value: Value) -> State:
    return {"status": _first(value, "status", "state") or order["status"]}


def _cancelled(_order: State, value: Value) -> State:
    return {"status": "CANCELLED", "cancelled": _first(value, "reason") or "no reason given"}


def _processed(order: State, value: Value) -> State:
    amount = _cents(_money(order["paid"]) + _money(_first(value, "amount")))
    return {"paid": amount, "failure": None}


def _failed(order: State, value: Value) -> State:
    attempt = _first(value, "attempt")
    return {
        "attempts": attempt if isinstance(attempt, int) else order["attempts"] + 1,
        "failure": _first(value, "reason", "error"),
        "status": "CANCELLED" if order["status"] == "CANCELLED" else "PAYMENT_FAILED",
    }


def _refunded(order: State, value: Value) -> State:
    return {"refunded": _cents(_money(order["refunded"]) + _money(_first(value, "amount")))}


def _reserved(_order: State, value: Value) -> State:
    return {"stock": "RESERVED", "warehouse": _first(value, "warehouse")}


def _released(_order: State, _value: Value) -> State:
    return {"stock": "RELEASED"}


def _same(_order: State, _value: Value) -> State:
    return {}


_CHANGES: dict[str, Callable[[State, Value], State]] = {
    "OrderCreated": _created,
    "ItemAdded": _item_added,
    "OrderPaid": _paid,
    "OrderUpdated": _updated,
    "OrderCancelled": _cancelled,
    "PaymentProcessed": _processed,
    "PaymentFailed": _failed,
    "RefundIssued": _refunded,
    "StockReserved": _reserved,
    "StockReleased": _released,
    "LowStockAlert": _same,
}

event_types = frozenset(_CHANGES)
"""The types it knows; where most of a stream's are among them it is chosen by itself."""


def _kept(state: State) -> Decimal:
    """What was paid and not given back."""
    return _money(state.get("paid")) - _money(state.get("refunded"))


def _is_paid(state: State) -> bool:
    return state.get("status") in ("PAID", "PACKING", "SHIPPED")


_RULES: dict[str, Callable[[State], bool]] = {
    "a cancelled order is never paid": lambda s: s.get("cancelled") is not None and _kept(s) > 0,
    "paid is not more than the total": lambda s: (
        bool(s.get("items")) and _kept(s) > _money(s.get("total"))
    ),
    "a paid order has its stock": lambda s: _is_paid(s) and s.get("stock") != "RESERVED",
    "an order is refunded no more than was paid": lambda s: _kept(s) < 0,
}


def narrate(event: dict[str, Any], _before: Any, after: Any) -> str | None:
    """What the event says, in a sentence; None where it cannot be read or is of no known type."""
    tell = _SENTENCES.get(str(event.get("type")))
    value = event.get("value")
    if tell is None or event.get("error") is not None or not isinstance(value, dict):
        return None
    return tell(value, after if isinstance(after, dict) else {})


def _say_item(value: Value, _after: State) -> str:
    sku = _first(value, "sku", "productId", "item", "name")
    quantity = _first(value, "quantity", "qty") or 1
    return (
        f"Item added: {sku}, {quantity} × {_price(_first(value, 'unitPrice', 'price', 'amount'))}"
    )


def _say_failed(value: Value, after: State) -> str:
    attempt, most = value.get("attempt") or after.get("attempts"), value.get("maxAttempts")
    tries = f"try {attempt} of {most}" if most else f"try {attempt}"
    return f"Payment failed: {value.get('reason') or 'no reason given'} ({tries})"


def _say_amount(what: str) -> Callable[[Value, State], str]:
    def say(value: Value, after: State) -> str:
        currency = value.get("currency") or after.get("currency") or ""
        return f"{what} {_price(_first(value, 'amount', 'total'))} {currency}".rstrip()

    return say


def _say_processed(value: Value, after: State) -> str:
    method = value.get("method")
    return _say_amount("Payment of")(value, after) + (f" by {method}" if method else "")


def _say_refunded(value: Value, after: State) -> str:
    return _with_reason(_say_amount("Refunded")(value, after), value)


def _with_reason(text: str, value: Value) -> str:
    reason = value.get("reason")
    return f"{text}: {reason}" if reason else text


_SENTENCES: dict[str, Callable[[Value, State], str]] = {
    "OrderCreated": lambda v, _: (
        f"Order created by customer {_first(v, 'customerId', 'customer') or 'unknown'}"
    ),
    "ItemAdded": _say_item,
    "OrderPaid": _say_amount("Order paid:"),
    "OrderUpdated": lambda v, _: f"Order updated: {_first(v, 'status', 'state')}",
    "OrderCancelled": lambda v, _: _with_reason("Order cancelled", v),
    "PaymentProcessed": _say_processed,
    "PaymentFailed": _say_failed,
    "RefundIssued": _say_refunded,
    "StockReserved": lambda v, _: f"Stock reserved in warehouse {v.get('warehouse') or 'unknown'}",
    "StockReleased": lambda v, _: _with_reason("Stock released", v),
    "LowStockAlert": lambda v, _: (
        f"Low stock: {v.get('remaining')} of {v.get('sku')} left in warehouse {v.get('warehouse')}"
    ),
}


def _first(value: Value, *names: str) -> Any:
    """The first of these members that is there and not null."""
    return next((value[name] for name in names if value.get(name) is not None), None)


def _money(amount: Any) -> Decimal:
    """Exact as it was written; what is no finite number counts as nothing."""
    if isinstance(amount, bool) or not isinstance(amount, int | float | str):
        return Decimal()
    try:
        number = Decimal(str(amount))
    except InvalidOperation:
        return Decimal()
    return number if number.is_finite() and abs(number) < Decimal(10) ** 18 else Decimal()


def _cents(amount: Decimal) -> float:
    return float(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _price(amount: Any) -> str:
    return f"{_money(amount):.2f}"
