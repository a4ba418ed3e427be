"""A small shop whose payments failed: orders, and their dead letters as Spring writes them."""

from contextlib import closing
from dataclasses import dataclass

from readers.opening import open_sink
from readers.profiles import SourceSpec
from readers.record import Header, Record, TimestampType
from readers.source import NewTopic

ORDERS, LETTERS = "orders-dlqshop", "orders-dlqshop-dlt"
START_MS = 1_795_435_200_000  # 2026-11-23 12:00:00 UTC
TIMEOUT = "com.shop.GatewayTimeoutException"
BROKEN = "com.shop.BrokenOrderException"


@dataclass(frozen=True, slots=True)
class Shop:
    """What `-s` says to open it, and where its cluster's records lie."""

    source: str


def made(spec: SourceSpec) -> Shop:
    """The shop in an empty source."""
    with closing(open_sink(spec)) as sink:
        kept = {"retention.ms": "-1"}  # the records' time is fixed, and passes
        sink.create_topics([NewTopic(name, 2, kept) for name in (ORDERS, LETTERS)])
        sink.write(_orders())
        sink.write(_letters())
    return Shop(spec.address)


def _orders() -> list[Record]:
    return [
        _record(
            ORDERS, n % 2, 1_000 * n, f"order-{n}", f'{{"orderId": "order-{n}", "amount": {n}}}'
        )
        for n in range(6)
    ]


def _letters() -> list[Record]:
    """Four failures: of orders 0, 2 (twice) and 4 the gateway's, of order 1 its own."""
    return [
        _letter(0, 60_000, TIMEOUT, "no answer in 2000 ms (order-0)"),
        _letter(2, 61_000, TIMEOUT, "no answer in 2013 ms (order-2)"),
        _letter(2, 62_000, TIMEOUT, "no answer in 2001 ms (order-2)"),
        _letter(4, 63_000, TIMEOUT, "no answer in 2044 ms (order-4)"),
        _letter(1, 64_000, BROKEN, "amount is missing"),
    ]


def _letter(n: int, after_ms: int, exception: str, message: str) -> Record:
    stack = f"{exception}: {message}\n\tat com.shop.PaymentClient.charge(PaymentClient.java:88)"
    headers: tuple[Header, ...] = (
        ("eventType", b"OrderCreated"),
        ("kafka_dlt-original-topic", ORDERS.encode()),
        ("kafka_dlt-original-partition", (n % 2).to_bytes(4)),
        ("kafka_dlt-original-offset", (n // 2).to_bytes(8)),
        ("kafka_dlt-original-consumer-group", b"payments"),
        ("kafka_dlt-exception-fqcn", exception.encode()),
        ("kafka_dlt-exception-message", message.encode()),
        ("kafka_dlt-exception-stacktrace", stack.encode()),
    )
    value = f'{{"orderId": "order-{n}", "amount": {n}}}'
    return _record(LETTERS, n % 2, after_ms, f"order-{n}", value, headers)


def _record(
    topic: str,
    partition: int,
    after_ms: int,
    key: str,
    value: str,
    headers: tuple[Header, ...] = (),
) -> Record:
    at_ms, kind = START_MS + after_ms, TimestampType.CREATE
    return Record(topic, partition, 0, at_ms, kind, key.encode(), value.encode(), headers)
