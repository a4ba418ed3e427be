"""What an order's records say about it: what the services would have in their tables."""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from readers.decoders.payload import Json
from readers.record import Record
from replay.demo.catalog import PRICES
from replay.demo.tale import Item, Tale

Fields = Mapping[str, Json]

_ORDER_KEY = re.compile(rb"order-(\d{1,9})")
_STOCK_KINDS = ("StockReserved", "StockReleased")


@dataclass(frozen=True, slots=True)
class Facts:
    """An order as it is now.

    Attributes:
        warehouse: where its stock is, or will be looked for; None where no event says it.
        status: of the last OrderUpdated; None before the first.
        is_charged: the payment-service has its money.
        is_paid: the order-service knows that.
        is_over: it was cancelled, or refunded.
        is_reserved: the stock is set aside for it, and was not given back.
        correlation_id, trace_id: of its events.
    """

    number: int
    items: tuple[Item, ...]
    currency: str
    method: str
    warehouse: str | None
    status: str | None
    is_charged: bool
    is_paid: bool
    is_over: bool
    is_reserved: bool
    correlation_id: str
    trace_id: str


def order_number(key: bytes | None) -> int | None:
    """The number in an order's key; None where it is the key of no order."""
    matched = _ORDER_KEY.fullmatch(key or b"")
    return None if matched is None else int(matched[1])


def header_text(record: Record, name: str) -> str:
    """The first header of this name; "" where there is none."""
    value = next((value for known, value in record.headers if known == name), None)
    return (value or b"").decode(errors="replace")


def fields_of(record: Record) -> Fields | None:
    """What an event says; None where that cannot be read."""
    try:
        value = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def facts_of(number: int, records: Iterable[Record]) -> Facts:
    """The facts by an order's events, a topic's in their order.

    An event that is there twice counts once, as it was written last: a mended one is as mended.
    """
    told: dict[str, dict[str, Fields]] = defaultdict(dict)
    correlation_id = trace = ""
    stock: tuple[str, Fields] = ("", {})
    for record in records:
        fields = fields_of(record)
        if fields is None:
            continue
        kind = header_text(record, "eventType")
        told[kind][header_text(record, "eventId")] = fields
        if kind in _STOCK_KINDS:
            stock = (kind, fields)
        correlation_id = correlation_id or header_text(record, "correlationId")
        trace = trace or header_text(record, "traceparent")
    charged = _last(told, "PaymentProcessed")
    return Facts(
        number=number,
        items=_items(told.get("ItemAdded", {}).values()),
        currency=_text(_last(told, "OrderCreated"), "currency") or "USD",
        method=_text(charged, "method") or "card",
        warehouse=_text(stock[1], "warehouse"),
        status=_text(_last(told, "OrderUpdated"), "status"),
        is_charged="PaymentProcessed" in told,
        is_paid="OrderPaid" in told,
        is_over="OrderCancelled" in told or "RefundIssued" in told,
        is_reserved=stock[0] == "StockReserved",
        correlation_id=correlation_id,
        trace_id=trace[3:35],
    )


def tale_of(facts: Facts, at_ms: int, seed: str) -> Tale:
    """The order's tale, to be told on from a moment; the same for the same seed."""
    tale = Tale(facts.number, at_ms, random.Random(seed))
    tale.items = list(facts.items)
    tale.currency = facts.currency
    tale.method = facts.method
    tale.warehouse = facts.warehouse or "B"
    tale.take_up(facts.correlation_id, facts.trace_id)
    return tale


def _last(told: Mapping[str, Mapping[str, Fields]], kind: str) -> Fields:
    return list(told[kind].values())[-1] if kind in told else {}


def _text(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) else None


def _items(added: Iterable[Fields]) -> tuple[Item, ...]:
    """What was ordered; the shop knows no price of what it does not sell."""
    items = []
    for fields in added:
        sku, quantity = fields.get("sku"), fields.get("quantity")
        if isinstance(sku, str) and sku in PRICES and isinstance(quantity, int):
            items.append(Item(sku, quantity))
    return tuple(items)
