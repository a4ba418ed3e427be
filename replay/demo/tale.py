"""One order's events as they are thought up: drafts, which become records when they are written."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import orjson

from readers.decoders.payload import Json
from readers.partitioners import java_partition
from readers.record import Header
from replay.demo.catalog import (
    CUSTOMERS,
    INVENTORY,
    METHODS,
    ORDERS,
    PARTITIONS,
    PAYMENTS,
    PRICES,
    SHOPS,
    SKUS,
    WAREHOUSES,
    dead_letter_topic,
)
from replay.demo.letters import Failure

_SERVICES = {ORDERS: "order-service", PAYMENTS: "payment-service", INVENTORY: "inventory-service"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """An event that is to be written.

    Attributes:
        at_ms: when it is really written; what comes first is written first.
        behind_ms: by how much the clock that stamps it is behind.
        origin, failure: of a dead letter: the draft it is a letter of, and why.
    """

    at_ms: int
    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: tuple[Header, ...]
    behind_ms: int = 0
    origin: "Draft | None" = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """So many of one product."""

    sku: str
    quantity: int

    @property
    def price(self) -> float:
        """Of one."""
        return PRICES[self.sku]


class Tale:
    """An order, and a clock that goes on with each of its events."""

    def __init__(self, number: int, at_ms: int, rng: random.Random) -> None:
        self.order_id = f"order-{number}"
        self.at_ms = at_ms
        self.rng = rng
        self.customer = f"c-{rng.randrange(1, CUSTOMERS)}"
        self.shop = rng.choice(SHOPS)
        self.method = rng.choice(METHODS)
        self.warehouse = rng.choice(WAREHOUSES)
        self.currency: str | None = "USD"
        self.clock_behind_ms = 0
        count = rng.choice((1, 2, 2, 3, 3))
        self.items = [Item(sku, rng.choice((1, 1, 1, 2, 3))) for sku in rng.sample(SKUS, count)]
        self.drafts: list[Draft] = []
        self._key = self.order_id.encode()
        self._partition = java_partition(self._key, PARTITIONS)
        self._correlation_id = _uuid(rng)
        self._trace = f"{rng.getrandbits(128):032x}"

    def take_up(self, correlation_id: str, trace_id: str) -> None:
        """Go on with an order that has events already: what follows belongs to the same trace."""
        self._correlation_id = correlation_id
        self._trace = trace_id

    @property
    def amount(self) -> float:
        """What the order costs."""
        return round(sum(item.quantity * item.price for item in self.items), 2)

    def pause(self, least_s: float, most_s: float) -> None:
        """Let some time pass."""
        self.at_ms += int(1000 * (least_s + (most_s - least_s) * self.rng.random()))

    def order(self, kind: str, fields: Mapping[str, Json]) -> Draft:
        """The order-service writes an event."""
        return self._say(ORDERS, kind, fields)

    def payment(self, kind: str, fields: Mapping[str, Json]) -> Draft:
        """The payment-service writes an event."""
        return self._say(PAYMENTS, kind, fields)

    def inventory(self, kind: str, fields: Mapping[str, Json]) -> Draft:
        """The inventory-service writes an event, by the clock of the warehouse's instance."""
        behind_ms = self.clock_behind_ms if self.warehouse == "C" else 0
        return self._say(INVENTORY, kind, fields, behind_ms)

    def again(self, draft: Draft) -> Draft:
        """The same event once more, as a redelivery writes it: same id, new offset."""
        return self._add(replace(draft, at_ms=self.at_ms))

    def cut_off(self, draft: Draft) -> Draft:
        """The draft, cut off in the middle instead of whole."""
        poison = replace(draft, value=draft.value[: len(draft.value) * 3 // 5])
        self.drafts[self.drafts.index(draft)] = poison
        return poison

    def letter(self, origin: Draft, failure: Failure) -> Draft:
        """A record's dead letter: key, value and headers are the origin's."""
        return self._add(
            Draft(
                self.at_ms,
                dead_letter_topic(origin.topic),
                origin.partition,
                origin.key,
                origin.value,
                origin.headers,
                origin=origin,
                failure=failure,
            )
        )

    def created_at(self) -> str:
        """Now, as it stands in a payload."""
        at = _EPOCH + timedelta(milliseconds=self.at_ms)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _say(self, topic: str, kind: str, fields: Mapping[str, Json], behind_ms: int = 0) -> Draft:
        value = orjson.dumps({"orderId": self.order_id, **fields})
        headers = self._headers(topic, kind)
        return self._add(
            Draft(self.at_ms, topic, self._partition, self._key, value, headers, behind_ms)
        )

    def _headers(self, topic: str, kind: str) -> tuple[Header, ...]:
        instance = 1 + (self._partition % 2)
        if topic == INVENTORY:
            instance = 2 if self.warehouse == "C" else 1
        span = f"{self.rng.getrandbits(64):016x}"
        return (
            ("eventId", _uuid(self.rng).encode()),
            ("eventType", kind.encode()),
            ("correlationId", self._correlation_id.encode()),
            ("traceparent", f"00-{self._trace}-{span}-01".encode()),
            ("service", f"{_SERVICES[topic]}-{instance}".encode()),
        )

    def _add(self, draft: Draft) -> Draft:
        self.drafts.append(draft)
        return draft


def _uuid(rng: random.Random) -> str:
    """A version 4 UUID from this generator; `uuid.uuid4` would take the system's."""
    digits = f"{rng.getrandbits(128):032x}"
    variant = "89ab"[rng.getrandbits(2)]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
