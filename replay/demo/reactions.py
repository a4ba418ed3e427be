"""What the demo's services do when a record is sent back, step by step.

What failed them is over: the stock is replenished, the gateway answers, the order table is quiet.
What is wrong with the record itself is not: an order without a currency, or a value that is cut
off, fails again as long as nobody mends it. A service looks at the order as it is when it acts, so
an event that comes a second time changes nothing. Only the payment-service does not ask whether an
order was cancelled before it tries a payment again; the demo has that mistake on purpose.
"""

from collections.abc import Callable
from dataclasses import dataclass

from readers.record import Record
from replay.demo import events, failures
from replay.demo.catalog import INVENTORY, ORDERS, PAYMENTS
from replay.demo.facts import Facts, fields_of, header_text
from replay.demo.letters import Failure
from replay.demo.tale import Tale

_FIRST_READER = {ORDERS: "inventory-service", PAYMENTS: "order-service", INVENTORY: "order-service"}
"""Who writes the letter of a record that nobody can read."""

Act = Callable[[Facts, Tale], "tuple[Step, ...]"]
"""What a service does, and the steps that follow; it leaves alone what is done already."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a service will do, so many seconds later; a failure is what it will write a letter of.

    Attributes:
        after_s: at the least and at the most.
    """

    after_s: tuple[float, float]
    act: Act | Failure


def reaction_to(record: Record) -> Step | None:
    """What follows from a record that was sent back; None where nothing does."""
    if record.topic not in _FIRST_READER or record.value is None:
        return None
    fields = fields_of(record)
    if fields is None:
        return Step((0.05, 0.2), failures.cannot_be_read(_FIRST_READER[record.topic]))
    kind = header_text(record, "eventType")
    if kind == "OrderCreated" and record.topic == ORDERS and not fields.get("currency"):
        return Step((3.1, 3.4), failures.no_currency())
    return _REACTIONS.get((record.topic, kind))


def _take_payment(facts: Facts, _tale: Tale) -> tuple[Step, ...]:
    """order-service and inventory-service read that the money is there."""
    if facts.is_over:
        return ()
    return Step((0.1, 0.5), _reserve), Step((0.4, 1.2), _become_paid)


def _reserve(facts: Facts, tale: Tale) -> tuple[Step, ...]:
    if facts.is_over:
        return ()
    if not facts.is_reserved:
        events.reserve(tale)
    return (Step((1, 3), _pack),)


def _become_paid(facts: Facts, tale: Tale) -> tuple[Step, ...]:
    if facts.is_over:
        return ()
    if not facts.is_paid:
        events.become_paid(tale)
    return (Step((1, 3), _pack),)


def _pack(facts: Facts, tale: Tale) -> tuple[Step, ...]:
    if facts.is_over or not (facts.is_paid and facts.is_reserved):
        return ()
    if facts.status is None:
        events.update(tale, "PACKING")
    return (Step((2, 5), _ship),)


def _ship(facts: Facts, tale: Tale) -> tuple[Step, ...]:
    if facts.status == "PACKING" and not facts.is_over:
        events.update(tale, "SHIPPED")
    return ()


def _charge(facts: Facts, tale: Tale) -> tuple[Step, ...]:
    """payment-service tries a payment again; whether the order still lives, it does not ask."""
    if not facts.is_charged:
        events.process(tale)
    return () if facts.is_over else (Step((0.1, 0.3), _take_payment),)


def _charge_new(facts: Facts, tale: Tale) -> tuple[Step, ...]:
    """payment-service takes an order that it could not take before."""
    return () if facts.is_over else _charge(facts, tale)


def _cancel(facts: Facts, tale: Tale) -> tuple[Step, ...]:
    if not (facts.is_over or facts.is_charged):
        events.cancel(tale, "payment failed")
    return ()


_REACTIONS = {
    (PAYMENTS, "PaymentProcessed"): Step((0.1, 0.3), _take_payment),
    (PAYMENTS, "PaymentFailed"): Step((0.8, 2), _charge),
    (INVENTORY, "StockReleased"): Step((0.3, 1), _cancel),
    (ORDERS, "OrderCreated"): Step((0.8, 2), _charge_new),
}
