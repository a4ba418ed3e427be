"""The demo's records: six hours of orders up to a moment, the same for the same seed."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from struct import pack, unpack

from readers.errors import UsageError
from readers.record import Record, TimestampType
from readers.recording import RecordingSink
from readers.source import Sink
from replay.demo import incident, orders
from replay.demo.catalog import INVENTORY, ORDERS, PAYMENTS, demo_topics
from replay.demo.letters import ORIGIN_OFFSET, ORIGIN_TOPIC, letter_headers
from replay.demo.tale import Draft, Tale

SEED = 4711
ORDER_COUNT = 3_000
MINUTE_MS = 60_000

BEGIN_MS = 360 * MINUTE_MS
SALE_MS = 46 * MINUTE_MS
GATEWAY_DOWN_MS = 40 * MINUTE_MS
GATEWAY_UP_MS = 34 * MINUTE_MS
CLOCK_BEHIND_MS = (200 * MINUTE_MS, 140 * MINUTE_MS)
"""Before the end: where it all begins, the sale, the outage, and the clock that is behind."""
BEHIND_MS = 9_000

_SALE_ORDERS = 600
_AFTER_ORDERS = 240
_FEWEST_ORDERS = _SALE_ORDERS + _AFTER_ORDERS + 360
_NO_STOCK = range(31, 220, 17)
"""Which orders of the sale get no stock: twelve, of which the first is order-4242."""
_HANGING = range(480, 520)
"""Which orders of the sale hang; order-4711 is the 500th."""
_CHARGED_LATE = (487, 494, 508, 515)
_HERO = 500
_DOWN = range(300, 600)

_ODD_ORDERS = 28
_CUT_OFF = (ORDERS, PAYMENTS, INVENTORY, ORDERS)

Life = Callable[[Tale], None]


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo at one moment.

    Attributes:
        records: all that is written by then, in the order of writing; each has the offset that it
            gets when the topics are empty before.
        pending: what the orders under way will write next, soonest first.
        next_number: of the next order.
    """

    records: tuple[Record, ...]
    pending: tuple[Draft, ...]
    end_ms: int
    seed: int
    next_number: int


def build_demo(end_ms: int, *, seed: int = SEED, orders: int = ORDER_COUNT) -> Demo:
    """All of it, up to `end_ms`.

    Raises:
        UsageError: there are too few orders for the incident to happen to.
    """
    if orders < _FEWEST_ORDERS:
        raise UsageError(f"The demo needs {_FEWEST_ORDERS:,} orders or more, not {orders:,}.")
    rng = random.Random(seed)
    first_number = 4242 - (orders - _SALE_ORDERS - _AFTER_ORDERS) - _NO_STOCK[0]
    drafts: list[Draft] = []
    for number, (start_ms, live) in enumerate(_lives(orders, rng), first_number):
        tale = Tale(number, end_ms - start_ms, rng)
        if CLOCK_BEHIND_MS[0] >= start_ms >= CLOCK_BEHIND_MS[1]:
            tale.clock_behind_ms = BEHIND_MS
        live(tale)
        drafts += tale.drafts
    drafts.sort(key=_written_at)
    written = [draft for draft in drafts if draft.at_ms <= end_ms]
    return Demo(
        tuple(records_of(written)),
        tuple(drafts[len(written) :]),
        end_ms,
        seed,
        first_number + orders,
    )


def demo_records(end_ms: int, *, seed: int = SEED, orders: int = ORDER_COUNT) -> Sequence[Record]:
    """The records of the demo, in the order of writing."""
    return build_demo(end_ms, seed=seed, orders=orders).records


def write_demo(path: str | Path, *, end_ms: int, seed: int = SEED) -> Demo:
    """Make a recording of the demo.

    Raises:
        UsageError: there is a file already.
    """
    if Path(path).exists():
        raise UsageError(f"{path} exists already; open it with -s, or name another file.")
    demo = build_demo(end_ms, seed=seed)
    sink = RecordingSink(path)
    try:
        write_records(sink, demo.records)
    finally:
        sink.close()
    return demo


def write_records(sink: Sink, records: Sequence[Record]) -> None:
    """Make the demo's topics, and write the records: the letters last, with where they came from.

    In topics that are not empty the records get other offsets than their own, and the letters
    name those.
    """
    sink.create_topics(demo_topics())
    letters = [record for record in records if ORIGIN_OFFSET in dict(record.headers)]
    events = [record for record in records if ORIGIN_OFFSET not in dict(record.headers)]
    placed = sink.write(events)
    offsets = {event[:3]: position.offset for event, position in zip(events, placed, strict=True)}
    sink.write([_with_origin(letter, offsets) for letter in letters])


def _with_origin(letter: Record, offsets: Mapping[tuple[str, int, int], int]) -> Record:
    headers = dict(letter.headers)
    topic = (headers[ORIGIN_TOPIC] or b"").decode()
    (offset,) = unpack(">q", headers[ORIGIN_OFFSET] or b"")
    moved = pack(">q", offsets[topic, letter.partition, offset])
    return letter._replace(
        headers=tuple((n, moved if n == ORIGIN_OFFSET else v) for n, v in letter.headers)
    )


def records_of(drafts: Sequence[Draft]) -> Iterator[Record]:
    """Drafts as records, with the offsets they get in topics that are empty before."""
    ends: dict[tuple[str, int], int] = {}
    written: dict[int, Record] = {}
    for draft in drafts:
        where = (draft.topic, draft.partition)
        offset = ends.get(where, 0)
        ends[where] = offset + 1
        headers = draft.headers
        if draft.origin is not None and draft.failure is not None:
            headers = letter_headers(written[id(draft.origin)], draft.failure)
        record = Record(
            draft.topic,
            draft.partition,
            offset,
            draft.at_ms - draft.behind_ms,
            TimestampType.CREATE,
            draft.key,
            draft.value,
            headers,
        )
        written[id(draft)] = record
        yield record


def _written_at(draft: Draft) -> int:
    return draft.at_ms


def _lives(count: int, rng: random.Random) -> Iterator[tuple[int, Life]]:
    """For each order when it begins, before the end, and how it lives."""
    before = count - _SALE_ORDERS - _AFTER_ORDERS
    for index, start_ms in enumerate(_starts(before, BEGIN_MS, SALE_MS, rng)):
        yield start_ms, _life_before(index, before)
    for index, start_ms in enumerate(_starts(_SALE_ORDERS, SALE_MS, GATEWAY_UP_MS, rng)):
        yield start_ms, _life_in_sale(index, rng)
    for start_ms in _starts(_AFTER_ORDERS, GATEWAY_UP_MS, 0, rng):
        yield start_ms, orders.live_ordinarily


def _starts(count: int, from_ms: int, to_ms: int, rng: random.Random) -> Iterator[int]:
    """Evenly spread and a little shaken, the first first."""
    step_ms = (from_ms - to_ms) / count
    for index in range(count):
        yield from_ms - int(step_ms * (index + 0.9 * rng.random()))


def _life_before(index: int, count: int) -> Life:
    """Every now and then a message is cut off, or an order comes from the old shop."""
    turn, at = divmod(index * _ODD_ORDERS, count)
    if at >= _ODD_ORDERS or turn == 0:
        return orders.live_ordinarily
    if turn % 3 == 0:
        return incident.come_from_the_old_shop
    return partial(incident.be_cut_off, topic=_CUT_OFF[turn % len(_CUT_OFF)])


def _life_in_sale(index: int, rng: random.Random) -> Life:
    if index == _NO_STOCK[0]:
        return incident.tell_of_order_4242
    if index in _NO_STOCK:
        return partial(incident.get_no_stock, refunded=_NO_STOCK.index(index) % 2 == 1)
    if index == _HERO:
        return incident.tell_of_order_4711
    if index in _HANGING:
        return partial(incident.hang, charged_after_all=index in _CHARGED_LATE)
    return _life_in_outage(rng) if index in _DOWN else incident.buy_in_the_sale


def _life_in_outage(rng: random.Random) -> Life:
    chance = rng.random()
    if chance < 0.1:
        return orders.live_ordinarily
    if chance < 0.25:
        return incident.be_charged_at_last
    return partial(incident.fail_to_be_charged, stuck=chance < 0.33)
