"""The topic that the benchmarks read: order events as services write them, on a broker of its own.

Keyed by order id and partitioned as Java does it, in JSON of about 200 bytes with an `eventId` and
an `eventType` header, 12 partitions, lz4.
"""

import argparse
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import orjson

TOPIC = "order-events"
PARTITIONS = 12
KEYS = 100_000
FIRST_MS = 1_795_000_000_000
_TYPES = ("OrderPlaced", "ItemAdded", "PaymentAuthorized", "StockReserved", "OrderShipped")


class Produced(NamedTuple):
    """A record to be produced; its partition is the producer's choice."""

    key: bytes
    value: bytes
    timestamp_ms: int
    headers: list[tuple[str, bytes]]


def order_key(number: int) -> bytes:
    """The key of an order, 0 to `KEYS` - 1."""
    return b"order-%06d" % number


def order_events(count: int, *, seed: int = 1) -> Iterator[Produced]:
    """So many order events, a millisecond apart, of random orders; the same ones every time."""
    draw = random.Random(seed)
    for number in range(count):
        key = order_key(int(draw.random() * KEYS))
        kind = _TYPES[number % len(_TYPES)]
        event_id = b"%08x-%04x-4000-8000-%012x" % (draw.getrandbits(32), number & 0xFFFF, number)
        document = {
            "orderId": key.decode(),
            "type": kind,
            "customer": f"customer-{number % 5_003}",
            "sku": f"SKU-{number % 997:04}",
            "quantity": number % 7 + 1,
            "price": {"amount": round(draw.random() * 500, 2), "currency": "EUR"},
            "warehouse": f"WH-{number % 11}",
            "channel": ("web", "app", "store")[number % 3],
        }
        headers = [("eventId", event_id), ("eventType", kind.encode())]
        yield Produced(key, orjson.dumps(document), FIRST_MS + number, headers)


def order_arguments(about: str | None) -> argparse.ArgumentParser:
    """What every benchmark on such a topic takes; `about` is its docstring."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--bootstrap", help="a broker that has the topics already")
    return parser


@contextmanager
def filled_broker(bootstrap: str | None, topics: Mapping[str, int]) -> Iterator[str]:
    """A broker with so many order events in each topic: this one, or one of its own."""
    if bootstrap is not None:
        yield bootstrap
        return
    from tests.broker.broker import Broker

    with Broker() as broker:
        for topic, count in topics.items():
            fill(broker.bootstrap, count, topic=topic)
        yield broker.bootstrap


def fill(bootstrap: str, count: int, *, topic: str = TOPIC, codec: str = "lz4") -> None:
    """Make the topic and write so many order events into it."""
    from confluent_kafka import Producer

    from readers.kafka_writer import KafkaSink
    from readers.source import NewTopic

    sink = KafkaSink(bootstrap, {})
    sink.create_topics([NewTopic(topic, PARTITIONS, {"retention.ms": "-1"})])
    sink.close()
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "compression.type": codec,
            "partitioner": "murmur2_random",
            "queue.buffering.max.messages": 200_000,
            "linger.ms": 20,
        }
    )
    for event in order_events(count):
        while True:
            try:
                producer.produce(
                    topic, event.value, event.key,
                    timestamp=event.timestamp_ms, headers=event.headers,
                )  # fmt: skip
                break
            except BufferError:
                producer.poll(0.05)
    producer.flush()
