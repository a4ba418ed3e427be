"""The incident, put right: which rules the orders break before and after letters are sent back."""

from collections import Counter

from readers.record import Record
from replay.demo.facts import fields_of, header_text
from replay.reducers import order
from tests.replay.demo.shop import GATEWAY, NO_STOCK, STALE_ROW, Shop, demo, letters, sent_back

UNSTOCKED = "a paid order has its stock"
PAID_FOR_NOTHING = "a cancelled order is never paid"


def state(records: list[Record]) -> dict[str, object]:
    """An order's state; no event counts twice."""
    folded: dict[str, object] = {}
    told: set[str] = set()
    for record in sorted(records, key=lambda r: (r.timestamp_ms or 0, r.topic, r.offset)):
        fields = fields_of(record)
        event_id = header_text(record, "eventId")
        if record.topic.endswith("-dlt") or fields is None or event_id in told:
            continue
        told.add(event_id)
        folded = order.reduce(folded, {"type": header_text(record, "eventType"), "value": fields})
    return folded


def looked_at(shop: Shop) -> tuple[Counter[str], Counter[object]]:
    """How many orders break each rule, and how many there are in each status."""
    states = [state(shop.order(key)) for key in {record.key or b"" for record in demo().records}]
    broken = Counter(rule for each in states for rule in order.check(each))
    return broken, Counter(each.get("status") for each in states)


def test_sending_back_what_can_go_back_puts_the_orders_right() -> None:
    shop = Shop()
    broken, statuses = looked_at(shop)
    assert broken == {UNSTOCKED: 6, PAID_FOR_NOTHING: 4}
    assert statuses["PAYMENT_FAILED"] == 23
    shop.send(*map(sent_back, [*letters(NO_STOCK), *letters(STALE_ROW)]))
    shop.after(60)
    broken, after = looked_at(shop)
    assert broken == {PAID_FOR_NOTHING: 4}
    assert after["PAYMENT_FAILED"] == 0
    assert after["CANCELLED"] - statuses["CANCELLED"] == 23
    assert after["SHIPPED"] - statuses["SHIPPED"] == 6


def test_sending_back_all_failed_payments_charges_orders_that_are_cancelled() -> None:
    shop = Shop()
    _, before = looked_at(shop)
    shop.send(*map(sent_back, letters(GATEWAY)))
    shop.after(60)
    broken, after = looked_at(shop)
    assert broken[PAID_FOR_NOTHING] == 4 + 210
    assert after["SHIPPED"] - before["SHIPPED"] == 23
