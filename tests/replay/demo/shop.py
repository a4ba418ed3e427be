"""The demo as its services see it: its orders in memory, letters sent back, time given."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from struct import unpack

import orjson

from readers.record import Position, Record
from replay.deadletters.provenance import Provenance
from replay.demo.dataset import Demo, build_demo
from replay.demo.facts import header_text
from replay.demo.letters import ORIGIN_OFFSET
from replay.demo.services import Services

END_MS = 1_795_414_998_839
GATEWAY = "com.shop.payment.GatewayTimeoutException"
NO_STOCK = "java.lang.IllegalStateException"
NO_CURRENCY = "java.lang.NullPointerException"
STALE_ROW = "org.springframework.dao.OptimisticLockingFailureException"
CUT_OFF = "org.springframework.kafka.support.serializer.DeserializationException"


@cache
def demo() -> Demo:
    return build_demo(END_MS)


def cause(letter: Record) -> str:
    return header_text(letter, "kafka_dlt-exception-cause-fqcn")


def letters(exception: str) -> list[Record]:
    return [
        record
        for record in demo().records
        if cause(record) == exception and ORIGIN_OFFSET in dict(record.headers)
    ]


def origin(letter: Record) -> Position:
    headers = dict(letter.headers)
    (partition,) = unpack(">i", headers["kafka_dlt-original-partition"] or b"")
    (offset,) = unpack(">q", headers[ORIGIN_OFFSET] or b"")
    return Position(header_text(letter, "kafka_dlt-original-topic"), partition, offset)


def sent_back(letter: Record, value: bytes | None = None) -> Record:
    """A letter as a republish sends it: without Spring's headers, with kstory's own."""
    came_from = origin(letter)
    kept = tuple(header for header in letter.headers if not header[0].startswith("kafka_"))
    told = Provenance("plan-1", 0, letter.position, came_from, 1, END_MS)
    return letter._replace(
        topic=came_from.topic,
        partition=came_from.partition,
        value=letter.value if value is None else value,
        headers=(*kept, *told.headers()),
    )


def said(records: Iterable[Record]) -> list[str]:
    """The types of events, in their order."""
    return [header_text(record, "eventType") for record in records]


def number_of_each(records: Iterable[Record]) -> Counter[tuple[str, str]]:
    return Counter((record.topic, header_text(record, "eventType")) for record in records)


def with_currency(letter: Record) -> bytes:
    return orjson.dumps({**orjson.loads(letter.value or b""), "currency": "USD"})


class Shop:
    """Services over what has been written, which grows by what they write."""

    def __init__(self, records: Sequence[Record] | None = None) -> None:
        self.now_ms = END_MS
        self.services = Services()
        self._orders: dict[bytes, list[Record]] = defaultdict(list)
        self._ends: Counter[tuple[str, int]] = Counter()
        self.add(demo().records if records is None else records)

    def add(self, records: Iterable[Record]) -> list[Record]:
        placed = []
        for record in records:
            where = record.topic, record.partition
            placed.append(record._replace(offset=self._ends[where]))
            self._ends[where] += 1
            self._orders[record.key or b""].append(placed[-1])
        return placed

    def send(self, *records: Record) -> tuple[Record, ...]:
        """They are written, and the services read them."""
        return self.services.hear(self.add(records), self.now_ms)

    def after(self, seconds: float) -> list[Record]:
        """What the services write in so many seconds."""
        written = []
        until_ms = self.now_ms + int(1000 * seconds)
        while self.now_ms < until_ms:
            self.now_ms += 100
            written += self.add(self.services.due(self.now_ms, self.order))
        return written

    def order(self, key: bytes) -> list[Record]:
        return self._orders[key]
