"""A scan of spans by raw batches: fetched by a thread of its own, looked through by others.

While one response is looked through the next is on its way. What cannot be done here (a leader
that moved, offsets that are gone, bytes of another format) is handed back to the caller as `Left`.
"""

import asyncio
import os
import queue
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from readers.raw_batches.batch import BatchHead, Unreadable, heads
from readers.raw_batches.connection import Address, BrokerConnection, ConnectionLost, Fetched
from readers.raw_batches.look import Look, Response
from readers.record import Record, Span, TopicPartition
from readers.wanted import Wanted

RESPONSE_BYTES = 4_000_000
"""Asked for at once; a partition's first batch comes whole, however large it is."""
_BYTES_PER_OFFSET = 1_000
"""Of a narrow span not more is asked for than it probably holds."""
_RESPONSES_AHEAD = 6
_FETCHES_PER_BROKER = 2
_WORKERS = max(2, min(8, os.cpu_count() or 2))
_WAIT_S = 0.1
_JOIN_S = 0.5


class Why(Enum):
    """Why a span is handed back."""

    MOVED = "moved"
    """Another broker leads the partition, or this one does not answer."""
    OUT_OF_RANGE = "out of range"
    """The log does not hold the offset."""
    UNREADABLE = "unreadable"
    """Only these offsets: the Kafka client may know how to read them."""
    REFUSED = "refused"
    """The broker says no; the Kafka client says what that means."""


@dataclass(frozen=True, slots=True)
class Left:
    """A span that was not looked through, and why."""

    span: Span
    why: Why


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a part of a partition, up to `reached`."""

    records: tuple[Record, ...]
    place: TopicPartition
    reached: int


Step: TypeAlias = Found | Left

_OUT_OF_RANGE = 1
_MOVED = frozenset({3, 5, 6, 9, 13, 56, 74, 75, 76, 100, 103})
"""Unknown or other leader, no replica, storage error, epochs, unknown topic id: ask who leads."""


@dataclass(frozen=True, slots=True)
class How:
    """How a scan connects, and what it may cost.

    Attributes:
        connect: makes a connection that is not open yet.
        max_bytes_per_s: of responses, over all brokers; None is as fast as it goes.
    """

    connect: Callable[[], BrokerConnection]
    committed: bool
    timeout_s: float
    max_bytes_per_s: int | None = None
    response_bytes: int = RESPONSE_BYTES


class _Todo:
    """What is left to fetch of a partition: its spans one behind the other, from `at` on."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = deque(sorted(spans, key=lambda span: span.start))
        self.at = self._spans[0].start

    @property
    def rest(self) -> Span:
        """The rest of the span that is being read."""
        span = self._spans[0]
        return Span(span.topic, span.partition, self.at, span.end_exclusive)

    @property
    def later(self) -> tuple[Span, ...]:
        """The spans behind it."""
        return tuple(self._spans)[1:]

    def advance(self, offset: int) -> bool:
        """Go on from this offset, or with the next span; whether anything is left."""
        self.at = offset
        if offset >= self._spans[0].end_exclusive:
            self._spans.popleft()
            self.at = self._spans[0].start if self._spans else offset
        return bool(self._spans)


class RawScan:
    """Looks through spans of partitions whose leaders are known; the steps come in no order.

    Those of one partition come in the order of its offsets.
    """

    def __init__(
        self,
        wanted: Wanted,
        spans: Sequence[Span],
        leaders: Mapping[TopicPartition, Address],
        how: How,
    ) -> None:
        self._look = Look(wanted)
        self._how = how
        self._todo: dict[Address, deque[_Todo]] = defaultdict(deque)
        by_partition: dict[TopicPartition, list[Span]] = defaultdict(list)
        for span in spans:
            by_partition[span.topic_partition].append(span)
        for place, of_partition in by_partition.items():
            self._todo[leaders[place]].append(_Todo(of_partition))
        self._out: queue.SimpleQueue[Future[Step] | Step | BaseException | None] = (
            queue.SimpleQueue()
        )
        self._pool = ThreadPoolExecutor(_WORKERS, "raw-batches")
        self._room = asyncio.Semaphore(_RESPONSES_AHEAD)
        self._free_at_s = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="raw-scan", daemon=True)

    def steps(self) -> Iterator[Step | None]:
        """What is found, as it is found; None after a tenth of a second without anything."""
        self._thread.start()
        try:
            while True:
                try:
                    step = self._out.get(timeout=_WAIT_S)
                except queue.Empty:
                    yield None
                    continue
                if step is None:
                    return
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, Future):
                    yield step.result()
                    self._make_room()
                else:
                    yield step
        finally:
            self._stop()

    def _stop(self) -> None:
        self._stopped = True
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._cancel)
            self._thread.join(_JOIN_S)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _cancel(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            self._out.put(None)
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits for us
            self._out.put(error)
        else:
            self._out.put(None)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        if not self._stopped:
            await asyncio.gather(*(self._broker(*each) for each in self._todo.items()))

    async def _broker(self, address: Address, todo: deque[_Todo]) -> None:
        connection = self._how.connect()
        try:
            await connection.open(address, self._how.timeout_s)
            fetchers = (self._fetch_all(connection, todo) for _ in range(_FETCHES_PER_BROKER))
            for ended in await asyncio.gather(*fetchers, return_exceptions=True):
                if ended is not None:
                    raise ended
        except ConnectionLost:
            for each in todo:
                self._hand_back(each, Why.MOVED)
        finally:
            connection.close()

    async def _fetch_all(self, connection: BrokerConnection, todo: deque[_Todo]) -> None:
        while todo:
            each = todo.popleft()
            try:
                is_left = await self._fetch(connection, each)
            except ConnectionLost:
                todo.append(each)
                raise
            if is_left:
                todo.append(each)

    async def _fetch(self, connection: BrokerConnection, todo: _Todo) -> bool:
        """Fetch one response and have it looked through; whether some of the spans is left."""
        await self._room.acquire()
        await self._pace()
        rest = todo.rest
        size = min(self._how.response_bytes, rest.width * _BYTES_PER_OFFSET)
        fetched = await connection.fetch(rest.topic_partition, rest.start, size)
        self._pay(len(fetched.data))
        if fetched.error:
            return self._hand_back(todo, _why(fetched.error))
        try:
            batches = [head for head in heads(fetched.data) if head.next_offset > rest.start]
        except Unreadable:
            return self._hand_back(todo, Why.UNREADABLE)
        if not batches:
            return self._nothing_came(todo, fetched)
        return self._look_at(todo, batches, fetched)

    def _look_at(self, todo: _Todo, batches: Sequence[BatchHead], fetched: Fetched) -> bool:
        rest = todo.rest
        end = min(batches[-1].next_offset, rest.end_exclusive)
        within = [head for head in batches if head.base_offset < end]
        span = Span(rest.topic, rest.partition, rest.start, end)
        aborted = fetched.aborted if self._how.committed else ()
        looked = self._pool.submit(self._looked, Response(span, fetched.data, within, aborted))
        self._out.put(looked)
        return todo.advance(end)

    def _looked(self, response: Response) -> Step:
        try:
            found = self._look(response)
        except Unreadable:
            return Left(response.span, Why.UNREADABLE)
        return Found(found, response.span.topic_partition, response.span.end_exclusive)

    def _make_room(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._room.release)

    def _nothing_came(self, todo: _Todo, fetched: Fetched) -> bool:
        """At the end of what can be read this is right; before it, the client has to look."""
        end = fetched.stable_end if self._how.committed else fetched.end
        if todo.at < end:
            return self._hand_back(todo, Why.UNREADABLE)
        self._room.release()
        return False

    def _hand_back(self, todo: _Todo, why: Why) -> bool:
        self._room.release()
        self._out.put(Left(todo.rest, why))
        for span in todo.later:
            self._out.put(Left(span, Why.MOVED))
        return False

    async def _pace(self) -> None:
        wait_s = self._free_at_s - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    def _pay(self, size: int) -> None:
        rate = self._how.max_bytes_per_s
        if rate is not None:
            self._free_at_s = max(self._free_at_s, time.monotonic()) + size / rate


def _why(error: int) -> Why:
    if error == _OUT_OF_RANGE:
        return Why.OUT_OF_RANGE
    return Why.MOVED if error in _MOVED else Why.REFUSED
