"""The demo goes on: new orders now, in real time, with the ordinary lives that most have."""

import heapq
import random
from collections.abc import Sequence
from itertools import count

from readers.record import Record
from replay.demo import orders
from replay.demo.dataset import Demo, records_of
from replay.demo.tale import Draft, Tale

BETWEEN_ORDERS_S = (1.5, 4.5)
"""Some three events a second: enough to see a tail move, few enough to read them."""
_MOST_BEHIND_MS = 10 * 60_000


class LiveDemo:
    """What comes after a demo's end: the same for the same demo, and it never ends."""

    def __init__(self, demo: Demo) -> None:
        """Begin where the demo ends, with the orders that are under way there."""
        self._rng = random.Random(f"{demo.seed} live {demo.next_number}")
        self._next_number = demo.next_number
        self._next_order_ms = demo.end_ms
        self._order = count()
        self._waiting: list[tuple[int, int, Draft]] = []
        self._wait_for(demo.pending)

    @property
    def next_due_ms(self) -> int:
        """When the next event comes, or the next order."""
        if not self._waiting:
            return self._next_order_ms
        return min(self._next_order_ms, self._waiting[0][0])

    def due(self, now_ms: int) -> tuple[Record, ...]:
        """What has come by now and was not given yet; a sink gives them their offsets.

        After a long sleep of the machine only the last ten minutes are made up for.
        """
        if now_ms - self.next_due_ms > _MOST_BEHIND_MS:
            self._skip_to(now_ms - _MOST_BEHIND_MS)
        while self._next_order_ms <= now_ms:
            self._begin_order()
        drafts = []
        while self._waiting and self._waiting[0][0] <= now_ms:
            drafts.append(heapq.heappop(self._waiting)[2])
        return tuple(records_of(drafts))

    def _begin_order(self) -> None:
        tale = Tale(self._next_number, self._next_order_ms, self._rng)
        orders.live_ordinarily(tale)
        self._wait_for(tale.drafts)
        self._next_number += 1
        least_s, most_s = BETWEEN_ORDERS_S
        pause_s = least_s + (most_s - least_s) * self._rng.random()
        self._next_order_ms += int(1000 * pause_s)

    def _wait_for(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            heapq.heappush(self._waiting, (draft.at_ms, next(self._order), draft))

    def _skip_to(self, time_ms: int) -> None:
        """Go on from there; orders under way stay as they are."""
        self._waiting.clear()
        self._next_order_ms = max(self._next_order_ms, time_ms)
