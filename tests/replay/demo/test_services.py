"""What the demo's services do with each kind of letter that is sent back."""

import re

import orjson
import pytest

from readers.record import Record
from replay.demo.catalog import INVENTORY, ORDERS, PAYMENTS, UNSTOCKED_KEY
from replay.demo.facts import facts_of, header_text, order_number
from tests.replay.demo.shop import (
    CUT_OFF,
    GATEWAY,
    NO_CURRENCY,
    NO_STOCK,
    STALE_ROW,
    Shop,
    demo,
    letters,
    number_of_each,
    said,
    sent_back,
    with_currency,
)

HERO = next(letter for letter in letters(NO_STOCK) if letter.key == UNSTOCKED_KEY.encode())
LATE_S = 30


def is_over(record: Record, shop: Shop) -> bool:
    key = record.key or b""
    return facts_of(order_number(key) or 0, shop.order(key)).is_over


def test_an_order_without_stock_gets_it_is_packed_and_shipped_within_seconds() -> None:
    shop = Shop()
    shop.send(sent_back(HERO))
    written = shop.after(12)
    assert said(written) == ["StockReserved", "OrderUpdated", "OrderUpdated"]
    assert [orjson.loads(r.value or b"").get("status") for r in written] == [
        None, "PACKING", "SHIPPED",
    ]  # fmt: skip
    assert {record.key for record in written} == {UNSTOCKED_KEY.encode()}
    assert orjson.loads(written[0].value or b"") == {
        "orderId": "order-4242",
        "warehouse": "B",
        "items": [{"sku": "sku-9", "quantity": 1}, {"sku": "sku-4", "quantity": 2}],
    }


def test_of_the_twelve_without_stock_the_six_that_are_not_refunded_are_put_right() -> None:
    shop = Shop()
    shop.send(*map(sent_back, letters(NO_STOCK)))
    assert number_of_each(shop.after(LATE_S)) == {
        (INVENTORY, "StockReserved"): 6,
        (ORDERS, "OrderUpdated"): 12,
    }


def test_what_follows_belongs_to_the_order_it_follows() -> None:
    shop = Shop()
    shop.send(sent_back(HERO))
    before = shop.order(UNSTOCKED_KEY.encode())[0]
    for record in shop.after(12):
        for name in ("correlationId", "traceparent"):
            same = slice(0, 36)
            assert header_text(record, name)[same] == header_text(before, name)[same]
        assert record.partition == before.partition
        assert re.fullmatch(r"(order|inventory)-service-[12]", header_text(record, "service"))
        assert not [name for name, _ in record.headers if name.startswith("kstory-")]


def test_a_stuck_order_is_cancelled() -> None:
    shop = Shop()
    shop.send(*map(sent_back, letters(STALE_ROW)))
    assert number_of_each(shop.after(LATE_S)) == {(ORDERS, "OrderCancelled"): 23}


def test_failed_payments_are_charged_although_most_of_their_orders_are_cancelled() -> None:
    shop = Shop()
    gone = [letter for letter in letters(GATEWAY) if is_over(letter, shop)]
    assert (len(letters(GATEWAY)), len(gone)) == (233, 210)
    shop.send(*map(sent_back, letters(GATEWAY)))
    assert number_of_each(shop.after(60)) == {
        (PAYMENTS, "PaymentProcessed"): 233,
        (INVENTORY, "StockReserved"): 23,
        (ORDERS, "OrderPaid"): 23,
        (ORDERS, "OrderUpdated"): 46,
    }


def test_a_stuck_order_that_was_charged_first_is_not_cancelled_any_more() -> None:
    stuck = letters(STALE_ROW)[0]
    payment = next(letter for letter in letters(GATEWAY) if letter.key == stuck.key)
    shop = Shop()
    shop.send(sent_back(payment))
    shop.after(LATE_S)
    shop.send(sent_back(stuck))
    assert shop.after(LATE_S) == []


def test_a_stuck_order_that_was_cancelled_first_is_charged_and_gets_nothing() -> None:
    stuck = letters(STALE_ROW)[0]
    payment = next(letter for letter in letters(GATEWAY) if letter.key == stuck.key)
    shop = Shop()
    shop.send(sent_back(stuck))
    assert said(shop.after(LATE_S)) == ["OrderCancelled"]
    shop.send(sent_back(payment))
    assert said(shop.after(LATE_S)) == ["PaymentProcessed"]


@pytest.mark.parametrize(
    ("letter", "after_s"), [(letters(NO_CURRENCY)[0], 3.6), (letters(CUT_OFF)[0], 0.4)]
)
def test_what_is_not_mended_comes_back_with_springs_headers_and_kstorys(
    letter: Record, after_s: float
) -> None:
    shop = Shop()
    (origin,) = shop.send(sent_back(letter))
    (again,) = shop.after(after_s)
    assert (again.topic, again.partition, again.key, again.value) == (
        letter.topic, letter.partition, letter.key, letter.value,
    )  # fmt: skip
    assert again.headers[: len(origin.headers)] == origin.headers
    springs = [name for name, _ in again.headers if name.startswith("kafka_")]
    assert springs == [name for name, _ in letter.headers if name.startswith("kafka_")]
    headers = dict(again.headers)
    assert headers["kafka_dlt-original-offset"] == origin.offset.to_bytes(8, "big")
    for name in ("kafka_dlt-exception-stacktrace", "kafka_dlt-original-consumer-group"):
        assert headers[name] == dict(letter.headers)[name]


def test_everything_that_is_not_mended_comes_back() -> None:
    shop = Shop()
    shop.send(*map(sent_back, [*letters(NO_CURRENCY), *letters(CUT_OFF)]))
    written = shop.after(LATE_S)
    assert len(written) == 9 + 18
    assert {record.topic for record in written} == {
        f"{t}-dlt" for t in (ORDERS, PAYMENTS, INVENTORY)
    }


def test_an_order_mended_with_a_currency_is_taken_and_not_charged_since_it_is_cancelled() -> None:
    shop = Shop()
    shop.send(*(sent_back(letter, with_currency(letter)) for letter in letters(NO_CURRENCY)))
    assert shop.after(LATE_S) == []


def test_an_order_mended_before_it_is_cancelled_is_charged_and_shipped() -> None:
    letter = letters(NO_CURRENCY)[0]
    shop = Shop([r for r in demo().records if header_text(r, "eventType") != "OrderCancelled"])
    shop.send(sent_back(letter, with_currency(letter)))
    written = shop.after(LATE_S)
    assert number_of_each(written) == {
        (PAYMENTS, "PaymentProcessed"): 1,
        (INVENTORY, "StockReserved"): 1,
        (ORDERS, "OrderPaid"): 1,
        (ORDERS, "OrderUpdated"): 2,
    }


def test_a_payment_that_was_cut_off_and_is_mended_is_read_and_its_order_stays_cancelled() -> None:
    shop = Shop()
    mended = b'{"orderId":"order-1","paymentId":"pay-1","amount":1.0,"currency":"USD"}'
    payments = [letter for letter in letters(CUT_OFF) if letter.topic == f"{PAYMENTS}-dlt"]
    assert len(shop.send(*(sent_back(letter, mended) for letter in payments))) == 5
    assert shop.after(LATE_S) == []


def test_what_comes_a_second_time_changes_nothing() -> None:
    for exception in (NO_STOCK, GATEWAY, STALE_ROW):
        shop = Shop()
        shop.send(*map(sent_back, letters(exception)))
        shop.send(*map(sent_back, letters(exception)))
        once = shop.after(90)
        assert len({header_text(record, "eventId") for record in once}) == len(once)
        shop.send(*map(sent_back, letters(exception)))
        assert shop.after(90) == []


def test_services_that_are_started_anew_finish_what_others_began() -> None:
    first = Shop()
    (heard,) = first.send(sent_back(HERO))
    done = first.after(4)
    assert said(done)[-1:] == ["OrderUpdated"]
    second = Shop([*demo().records, sent_back(HERO), *done])
    second.services.hear([heard], second.now_ms)
    assert [orjson.loads(r.value or b"")["status"] for r in second.after(20)] == ["SHIPPED"]


def test_one_letter_comes_of_one_record_however_often_the_services_are_started() -> None:
    shop = Shop()
    (heard,) = shop.send(sent_back(letters(CUT_OFF)[0]))
    assert len(shop.after(1)) == 1
    shop.services.hear([heard], shop.now_ms)
    assert shop.after(1) == []


def test_nothing_follows_from_records_that_were_not_sent_back() -> None:
    shop = Shop()
    assert shop.services.hear(demo().records, shop.now_ms) == ()
    assert shop.after(LATE_S) == []


@pytest.mark.parametrize(
    "change",
    [
        {"topic": "payment-events-dlt"},
        {"topic": "elsewhere"},
        {"key": None},
        {"key": b"customer-7"},
        {"value": None},
        {"headers": (("kstory-replay-of", b"nonsense"),)},
    ],
)
def test_what_the_services_do_not_know_is_left_alone(change: dict[str, object]) -> None:
    shop = Shop()
    assert shop.send(sent_back(HERO)._replace(**change)) == ()


def test_the_same_comes_of_the_same() -> None:
    def story() -> list[Record]:
        shop = Shop()
        shop.send(*map(sent_back, [*letters(NO_STOCK), *letters(GATEWAY), *letters(NO_CURRENCY)]))
        return shop.after(60)

    assert story() == story()
