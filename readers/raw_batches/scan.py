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
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from readers.pace import Pace
from readers.raw_batches.batch import BatchHead, Unreadable, heads
from readers.raw_batches.block_keys import BlockLook
from readers.raw_batches.connection import (
    Address,
    BrokerConnection,
    ConnectionLost,
    Fetched,
    NotServed,
)
from readers.raw_batches.epochs import Claim, hold
from readers.raw_batches.how import How
from readers.raw_batches.look import Look, Response
from readers.raw_batches.loop import ResolvingLoop
from readers.raw_batches.room import Room
from readers.raw_batches.step import Checked, Found, Left, Step, Why
from readers.raw_batches.todo import Todo
from readers.record import Span, TopicPartition
from readers.wanted import ONLY_KEYS, Wanted

_BYTES_PER_OFFSET = 1_000
"""Of a narrow span not more is asked for than it probably holds."""
_UNKNOWN_OFFSETS = 10_000
"""Of bytes that are no batches known here the client reads so many; then it is tried again."""
_FETCHES_PER_BROKER = 2
_WORKERS = max(2, min(8, os.cpu_count() or 2))
_WAIT_S = 0.1
_JOIN_S = 0.5


_OUT_OF_RANGE = 1
_MOVED = frozenset({3, 5, 6, 9, 13, 56, 74, 75, 76, 100, 103})
"""Unknown or other leader, no replica, storage error, epochs, unknown topic id: ask who leads."""


class _Looked(NamedTuple):
    """What was found, and about how many bytes of memory hold it until it is taken."""

    step: Step
    size_bytes: int


_Looking: TypeAlias = Future[_Looked]
"""A response that is being looked through."""


class RawScan:
    """Looks through spans of partitions whose leaders are known; the steps come in no order.

    Those of one partition come in the order of its offsets.

    Args:
        claims: what has to hold of a partition for its spans to be right. A span without width
            is there for them alone.
    """

    def __init__(
        self,
        wanted: Wanted,
        spans: Sequence[Span],
        leaders: Mapping[TopicPartition, Address],
        how: How,
        claims: Mapping[TopicPartition, Sequence[Claim]] = MappingProxyType({}),
    ) -> None:
        self._look = BlockLook() if wanted == ONLY_KEYS else Look(wanted)
        self._how = how
        self._todo: dict[Address, deque[Todo]] = defaultdict(deque)
        by_partition: dict[TopicPartition, list[Span]] = defaultdict(list)
        for span in spans:
            by_partition[span.topic_partition].append(span)
        for place, of_partition in by_partition.items():
            self._todo[leaders[place]].append(Todo(of_partition, claims.get(place, ())))
        self._out: queue.SimpleQueue[_Looking | Step | BaseException | None] = queue.SimpleQueue()
        self._pool = ThreadPoolExecutor(_WORKERS, "raw-batches")
        self._room = Room(how.ahead_bytes)
        self._pace = Pace(how.max_bytes_per_s)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="raw-scan", daemon=True)

    def steps(self) -> Generator[Step | None, None, None]:
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
                    while wait((step,), _WAIT_S).not_done:
                        yield None
                    looked = step.result()
                    yield looked.step
                    self._in_loop(partial(self._room.give_back, looked.size_bytes))
                else:
                    yield step
        finally:
            self._stop()

    def _stop(self) -> None:
        self._stopped = True
        self._in_loop(self._cancel)
        self._thread.join(_JOIN_S)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _in_loop(self, act: Callable[[], None]) -> None:
        """Have the thread do it, if it still runs."""
        if self._loop is not None:
            with suppress(RuntimeError):  # its loop was closed a moment ago
                self._loop.call_soon_threadsafe(act)

    def _cancel(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=ResolvingLoop) as runner:
                runner.run(self._main())
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

    async def _broker(self, address: Address, todo: deque[Todo]) -> None:
        connection = self._how.connect()
        why = Why.MOVED
        try:
            await connection.open(address, self._how.timeout_s)
            await self._check(connection, todo)
            fetchers = (self._fetch_all(connection, todo) for _ in range(_FETCHES_PER_BROKER))
            for ended in await asyncio.gather(*fetchers, return_exceptions=True):
                if ended is not None:
                    raise ended
        except ConnectionLost:
            pass  # what is left is handed back, like that of a leader that moved
        except NotServed:
            why = Why.NOT_SERVED
        finally:
            await connection.close()
        for each in todo:
            self._hand_back(each, why)

    async def _check(self, connection: BrokerConnection, todo: deque[Todo]) -> None:
        """See what is claimed; where that does not hold, nothing is to be done any more."""
        claims = {each.rest.topic_partition: each.claims for each in todo if each.claims}
        told = await connection.epoch_ends(claims) if claims else {}
        for each in tuple(todo):
            if each.claims:
                ends = told.get(each.rest.topic_partition, {})
                self._out.put(Checked(each.rest.topic_partition, ends))
                if not hold(each.claims, ends):
                    each.give_up()
                elif not each.rest.width:
                    each.advance(each.at)
                each.claims = ()
            if each.is_done:
                todo.remove(each)

    async def _fetch_all(self, connection: BrokerConnection, todo: deque[Todo]) -> None:
        while todo:
            each = todo.popleft()
            size = self._size(each.rest)
            room = self._room.expected(size)
            await self._room.take(room)
            response = None
            try:
                response = await self._fetch(connection, each, size)
            finally:
                if response is None:
                    self._room.give_back(room)
                else:
                    self._out.put(self._pool.submit(self._looked, response, room))
                if not each.is_done:
                    todo.append(each)

    def _size(self, rest: Span) -> int:
        """How much to ask for: no more than what is found in it has room for."""
        wanted = min(self._how.response_bytes, rest.width * _BYTES_PER_OFFSET)
        return self._pace.at_most(min(wanted, self._room.fitting(_FETCHES_PER_BROKER)))

    async def _fetch(self, connection: BrokerConnection, todo: Todo, size: int) -> Response | None:
        """Fetch what comes next of a partition; None if there is nothing to look through."""
        await asyncio.sleep(self._pace.wait_s(time.monotonic()))
        rest = todo.rest
        fetched = await connection.fetch(rest.topic_partition, rest.start, size)
        self._pace.sent(len(fetched.data), time.monotonic())
        self._pace.rest(fetched.throttled_s, time.monotonic())
        if fetched.error:
            self._hand_back(todo, _why(fetched.error))
            return None
        try:
            batches = [head for head in heads(fetched.data) if head.next_offset > rest.start]
        except Unreadable:
            self._out.put(Left(todo.cut(_UNKNOWN_OFFSETS), Why.UNREADABLE))
            return None
        if not batches:
            self._nothing_came(todo, fetched)
            return None
        return self._response(todo, batches, fetched)

    def _response(self, todo: Todo, batches: Sequence[BatchHead], fetched: Fetched) -> Response:
        rest = todo.rest
        end = min(batches[-1].next_offset, rest.end_exclusive)
        todo.advance(end)
        within = [head for head in batches if head.base_offset < end]
        span = Span(rest.topic, rest.partition, rest.start, end)
        aborted = fetched.aborted if self._how.committed else ()
        return Response(span, fetched.data, within, aborted, batches[-1].leader_epoch)

    def _looked(self, response: Response, room: int) -> _Looked:
        """Look it through; from then on it takes as much room as what was found."""
        step = self._found(response)
        size = step.size_bytes if isinstance(step, Found) else 0
        self._in_loop(partial(self._room.turned_out, room, len(response.data), size))
        return _Looked(step, size)

    def _found(self, response: Response) -> Step:
        try:
            if isinstance(self._look, BlockLook):
                keys = self._look(response)
                return Found((), response.span, response.leader_epoch, keys)
            return Found(self._look(response), response.span, response.leader_epoch)
        except Unreadable:
            return Left(response.span, Why.UNREADABLE)

    def _nothing_came(self, todo: Todo, fetched: Fetched) -> None:
        """The client finds out whether the log ends here: a leader may be behind for a moment.

        A broker that throttles sends nothing, and says how long it will not send.
        """
        if not fetched.throttled_s:
            self._hand_back(todo, Why.UNREADABLE)

    def _hand_back(self, todo: Todo, why: Why) -> None:
        if todo.claims and why is Why.NOT_SERVED:  # nobody will say whether they hold
            self._out.put(Checked(todo.rest.topic_partition, {}))
            todo.give_up()
        for span in todo.give_up():
            self._out.put(Left(span, why))


def _why(error: int) -> Why:
    if error == _OUT_OF_RANGE:
        return Why.OUT_OF_RANGE
    return Why.MOVED if error in _MOVED else Why.REFUSED
