"""The demo's services at work on what kstory sends back; see `reactions` for what they do."""

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from readers.record import Record, TimestampType
from replay.deadletters.provenance import provenance_of
from replay.demo.catalog import dead_letter_topic
from replay.demo.dataset import records_of
from replay.demo.facts import facts_of, header_text, order_number, tale_of
from replay.demo.letters import Failure, is_letter_of, letter_headers
from replay.demo.reactions import Act, Step, reaction_to

_MOST_AT_ONCE = 20
"""Orders looked up in a turn, so that quitting does not wait: each 1 ms, on a cluster 0.1 s."""


@dataclass(frozen=True, slots=True, order=True)
class _Errand:
    """What is to be done for an order because a record was sent back; the soonest is first."""

    at_ms: int
    turn: int
    cause: Record = field(compare=False)
    act: Act | Failure = field(compare=False)


class Services:
    """What the three services have still to do; a turn at a time, for one thread."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._waiting: list[_Errand] = []
        self._turn = count()

    def hear(self, records: Sequence[Record], now_ms: int) -> tuple[Record, ...]:
        """Take note of records as they come; those that were sent back, and will have an answer.

        Nothing follows from others: those who wrote them wrote what follows.
        """
        heard = []
        for record in records:
            if provenance_of(record) is None or order_number(record.key) is None:
                continue
            reaction = reaction_to(record)
            if reaction is not None:
                heard.append(record)
                self._wait(record, reaction, now_ms)
        return tuple(heard)

    def due(
        self, now_ms: int, order_records: Callable[[bytes], Sequence[Record]]
    ) -> tuple[Record, ...]:
        """What the services write by now; a sink gives the records their offsets.

        `order_records` gives an order's records, a topic's in their order. They have to hold what
        the turn before gave: an order is acted on once a turn, by what is known of it.
        """
        acted: set[bytes] = set()
        waits: list[_Errand] = []
        written: list[Record] = []
        while self._waiting and self._waiting[0].at_ms <= now_ms and len(acted) < _MOST_AT_ONCE:
            errand = heapq.heappop(self._waiting)
            key = errand.cause.key or b""
            if key in acted:
                waits.append(errand)
                continue
            acted.add(key)
            written += self._do(errand, now_ms, order_records(key))
        for errand in waits:
            heapq.heappush(self._waiting, errand)
        return tuple(written)

    def _do(self, errand: _Errand, now_ms: int, known: Sequence[Record]) -> Sequence[Record]:
        cause, act = errand.cause, errand.act
        if isinstance(act, Failure):
            return () if _has_letter(cause, known) else (_letter_of(cause, act, now_ms),)
        facts = facts_of(order_number(cause.key) or 0, known)
        tale = tale_of(facts, now_ms, seed=f"{header_text(cause, 'eventId')} {act.__name__}")
        for step in act(facts, tale):
            self._wait(cause, step, now_ms)
        return tuple(records_of(tale.drafts))

    def _wait(self, cause: Record, step: Step, now_ms: int) -> None:
        turn = next(self._turn)
        wait_s = random.Random(f"{cause.position} {turn}").uniform(*step.after_s)
        heapq.heappush(self._waiting, _Errand(now_ms + int(1000 * wait_s), turn, cause, step.act))


def _has_letter(cause: Record, known: Sequence[Record]) -> bool:
    return any(is_letter_of(record, cause) for record in known)


def _letter_of(cause: Record, failure: Failure, now_ms: int) -> Record:
    return cause._replace(
        topic=dead_letter_topic(cause.topic),
        timestamp_ms=now_ms,
        timestamp_type=TimestampType.CREATE,
        headers=letter_headers(cause, failure),
    )
