"""What goes wrong: the lives of orders that end, or wait, where they should not."""

from replay.demo import events, failures, orders
from replay.demo.catalog import INVENTORY, ORDERS, PAYMENTS
from replay.demo.tale import Draft, Item, Tale

RESERVATION_S = 360
"""So long stock is kept for an order that is not paid."""
REFUND_S = 15 * 60
"""So long an order that is paid waits for stock, where it is refunded at all."""
_RETRIES_S = (3.1, 3.4)
"""Three retries a second apart, until a letter is written."""


def fail_to_be_charged(tale: Tale, *, stuck: bool) -> None:
    """Four tries and a letter; `stuck`: its cancellation fails too, and it stays as it is."""
    _reserve_first(tale)
    first = orders.fail_to_pay(tale, "gateway timeout")
    if tale.rng.random() < 0.25:
        orders.redeliver(tale, first)
    for attempt in range(2, events.TRIES + 1):
        orders.fail_to_pay(tale, "gateway timeout", attempt)
    tale.pause(0.02, 0.08)
    tale.letter(first, failures.gateway_timeout(tale))
    tale.pause(0.3, 1.5)
    released = events.release(tale, "payment failed")
    if stuck:
        tale.pause(*_RETRIES_S)
        tale.letter(released, failures.stale_row(tale))
    else:
        tale.pause(0.5, 3)
        events.cancel(tale, "payment failed")


def be_charged_at_last(tale: Tale) -> None:
    """Some tries fail, the next one succeeds."""
    _reserve_first(tale)
    for attempt in range(1, tale.rng.choice((2, 3, 4))):
        orders.fail_to_pay(tale, "gateway timeout", attempt)
    orders.pay(tale)
    orders.ship(tale)


def hang(tale: Tale, *, charged_after_all: bool) -> None:
    """The third try hangs until the reservation has expired; then it fails, or it charges."""
    reserved = _reserve_first(tale)
    first = orders.fail_to_pay(tale, "gateway timeout")
    second = orders.fail_to_pay(tale, "gateway timeout", 2)
    if tale.rng.random() < 0.4:
        orders.redeliver(tale, second)
    _expire(tale, reserved)
    if charged_after_all:
        tale.pause(2, 5)
        events.cancel(tale, "payment failed")
        tale.pause(8, 30)
        events.process(tale)
    else:
        tale.pause(0.1, 0.3)
        tale.letter(first, failures.gateway_timeout(tale))
        tale.pause(2, 5)
        events.cancel(tale, "payment failed")


def tell_of_order_4711(tale: Tale) -> None:
    """The hero of the story: its payment hangs, and six minutes later it is cancelled."""
    tale.customer, tale.shop, tale.method, tale.warehouse = "c-17", "web", "card", "B"
    tale.items = [Item("sku-1", 2), Item("sku-9", 1)]
    events.create(tale)
    for item, after_ms in zip(tale.items, (1200, 800), strict=True):
        tale.at_ms += after_ms
        events.add_item(tale, item)
    tale.at_ms += 300
    events.reserve(tale)
    tale.at_ms += 2000
    first = events.fail(tale, 1, "gateway timeout")
    tale.at_ms += 1000
    second = events.fail(tale, 2, "gateway timeout")
    tale.at_ms += 400
    tale.again(second)
    tale.at_ms += 359_000
    events.release(tale, "reservation expired")
    tale.at_ms += 100
    tale.letter(first, failures.gateway_timeout(tale))
    tale.at_ms += 4000
    events.cancel(tale, "payment failed")


def tell_of_order_4242(tale: Tale) -> None:
    """The other hero: paid, and never given its stock."""
    tale.customer, tale.shop = "c-42", "app"
    tale.items = [Item("sku-9", 1), Item("sku-4", 2)]
    get_no_stock(tale, refunded=False)


def get_no_stock(tale: Tale, *, refunded: bool) -> None:
    """It is paid by transfer, and reserving its stock fails; some are refunded later."""
    tale.method, tale.warehouse = "transfer", "B"
    orders.order(tale)
    tale.pause(0.5, 4)
    processed = events.process(tale)
    tale.pause(0.4, 1.5)
    events.become_paid(tale)
    tale.pause(1.6, 2)
    tale.letter(processed, failures.no_allotment(tale))
    if refunded:
        tale.pause(REFUND_S, REFUND_S + 60)
        events.refund(tale, "no stock within 15 minutes")
        tale.pause(0.3, 1)
        events.cancel(tale, "no stock within 15 minutes")


def buy_in_the_sale(tale: Tale) -> None:
    """An ordinary life, while warehouse B has nothing for orders paid by transfer."""
    if tale.method == "transfer" and tale.warehouse == "B":
        tale.warehouse = "A"
    orders.live_ordinarily(tale)


def come_from_the_old_shop(tale: Tale) -> None:
    """An order without a currency: the payment-service cannot take it, and it is never charged."""
    tale.shop, tale.currency, tale.method = "kiosk", None, "card"
    created = orders.order(tale)
    reserved = orders.reserve(tale)
    tale.at_ms = max(created.at_ms + 3200, tale.at_ms + 100)
    tale.letter(created, failures.no_currency())
    _expire(tale, reserved)
    tale.pause(0.5, 2)
    events.cancel(tale, "payment not started")


def be_cut_off(tale: Tale, topic: str) -> None:
    """One of its messages arrives cut off; whoever reads it writes a letter at once."""
    if topic == PAYMENTS:
        reserved = _reserve_first(tale)
        tale.pause(0.5, 4)
        _poison(tale, events.process(tale), "order-service")
        _expire(tale, reserved)
        tale.pause(0.5, 2)
        events.cancel(tale, "payment not confirmed")
        return
    shipped = orders.be_shipped(tale)
    if topic == ORDERS:
        _poison(tale, shipped, "inventory-service")
    elif topic == INVENTORY:
        tale.pause(0.2, 1)
        _poison(tale, events.alert(tale), "order-service")


def _reserve_first(tale: Tale) -> Draft:
    """An order that is not paid by transfer, up to where it is to be charged."""
    if tale.method == "transfer":
        tale.method = "card"
    orders.order(tale)
    return orders.reserve(tale)


def _poison(tale: Tale, draft: Draft, group: str) -> None:
    poison = tale.cut_off(draft)
    tale.pause(0.02, 0.08)
    tale.letter(poison, failures.cannot_be_read(group))


def _expire(tale: Tale, reserved: Draft) -> None:
    tale.at_ms = reserved.at_ms + RESERVATION_S * 1000
    events.release(tale, "reservation expired")
