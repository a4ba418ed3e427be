"""An order's ordinary life: ordered, reserved, paid, packed and shipped within a minute."""

from replay.demo import events
from replay.demo.tale import Draft, Tale


def live_ordinarily(tale: Tale) -> None:
    """One of the lives that most orders have, by chance."""
    chance = tale.rng.random()
    if chance < 0.015:
        be_cancelled_before_payment(tale)
    elif chance < 0.025:
        be_sent_back(tale)
    elif chance < 0.03:
        be_declined(tale)
    else:
        be_shipped(tale, declined_first=chance < 0.05)


def be_shipped(tale: Tale, *, declined_first: bool = False) -> Draft:
    """All goes well; gives the last event, that it is shipped."""
    order(tale)
    if tale.method == "transfer":
        pay(tale)
        reserve(tale)
    else:
        reserve(tale)
        if declined_first:
            fail_to_pay(tale, "card declined")
        pay(tale)
    return ship(tale)


def ship(tale: Tale) -> Draft:
    """It is paid and has its stock: what is left; gives the last event."""
    tale.pause(0.4, 1.5)
    events.become_paid(tale)
    tale.pause(2, 10)
    events.update(tale, "PACKING")
    tale.pause(3, 16)
    return events.update(tale, "SHIPPED")


def order(tale: Tale) -> Draft:
    """It is created, and its items are added; gives the first event."""
    created = events.create(tale)
    for item in tale.items:
        tale.pause(0.3, 4)
        events.add_item(tale, item)
    return created


def reserve(tale: Tale) -> Draft:
    """Stock is reserved, some of it elsewhere if a clock is wrong there, and may run low."""
    tale.pause(0.2, 0.9)
    if tale.clock_behind_ms and tale.rng.random() < 0.3:
        _reserve_in_two_warehouses(tale)
    reserved = events.reserve(tale)
    if tale.rng.random() < 0.006:
        redeliver(tale, reserved)
    if tale.rng.random() < 0.015:
        tale.pause(0.05, 0.1)
        events.alert(tale)
    return reserved


def _reserve_in_two_warehouses(tale: Tale) -> None:
    """First by the instance whose clock is right, then by the one whose clock is behind."""
    tale.warehouse = "B"
    events.reserve(tale)
    tale.pause(0.05, 0.2)
    tale.warehouse = "C"


def pay(tale: Tale) -> Draft:
    """The payment goes through."""
    tale.pause(0.5, 4)
    processed = events.process(tale)
    if tale.rng.random() < 0.006:
        redeliver(tale, processed)
    return processed


def fail_to_pay(tale: Tale, reason: str, attempt: int = 1) -> Draft:
    """The payment does not go through."""
    tale.pause(1.8, 3)
    return events.fail(tale, attempt, reason)


def redeliver(tale: Tale, draft: Draft) -> None:
    """A consumer group is rebalanced at the wrong moment, and the same event is written again."""
    tale.pause(0.1, 0.6)
    tale.again(draft)


def be_cancelled_before_payment(tale: Tale) -> None:
    """The customer thinks again."""
    order(tale)
    reserve(tale)
    tale.pause(2, 15)
    _cancel_and_release(tale, "customer changed their mind")


def be_sent_back(tale: Tale) -> None:
    """It is paid, then cancelled: the money is given back first, the stock last."""
    order(tale)
    reserve(tale)
    pay(tale)
    tale.pause(0.4, 1.5)
    events.become_paid(tale)
    tale.pause(3, 15)
    events.refund(tale, "cancelled by customer")
    tale.pause(0.3, 1)
    _cancel_and_release(tale, "cancelled by customer")


def be_declined(tale: Tale) -> None:
    """There is no money."""
    order(tale)
    reserve(tale)
    fail_to_pay(tale, "card declined")
    tale.pause(0.5, 2)
    _cancel_and_release(tale, "card declined")


def _cancel_and_release(tale: Tale, reason: str) -> None:
    events.cancel(tale, reason)
    tale.pause(0.2, 0.8)
    events.release(tale, "order cancelled")
