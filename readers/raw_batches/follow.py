"""Partitions followed by whole batches, each turn with what has come since the one before."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

from readers.raw_batches.batch import Unreadable, heads
from readers.raw_batches.connection import Address, BrokerConnection, ConnectionLost, Fetched
from readers.raw_batches.how import How
from readers.raw_batches.look import Response
from readers.raw_batches.loop import ResolvingLoop
from readers.record import Span, TopicPartition

_TURN_S = 0.05
"""A broker that has nothing to send is not waited for any longer while others have."""
_BROKER_BYTES = 16_000_000
_PARTITION_BYTES = 2_000_000
"""More than a batch has on a broker as it comes (1 MB): of a larger one the turns are its own."""


class RawFollow:
    """Fetches from the leaders of partitions, in the caller's thread and only during a turn.

    It knows no remedy: with any trouble it ends, and its caller reads on in another way.

    Attributes:
        is_behind: the last turn did not bring all that lay ready.
    """

    def __init__(self, leaders: Mapping[TopicPartition, Address], how: How) -> None:
        self._how = how
        self._places: dict[Address, list[TopicPartition]] = defaultdict(list)
        for place, leader in leaders.items():
            self._places[leader].append(place)
        self.is_behind = False
        self._loop = ResolvingLoop()
        self._connections: dict[Address, BrokerConnection] = {}
        self._asked: dict[Address, asyncio.Task[dict[TopicPartition, Fetched]]] = {}

    def turn(self, positions: Mapping[TopicPartition, int]) -> list[Response]:
        """What lies ready from these positions on, at most one response of each partition.

        Raises:
            ConnectionLost: a broker does not answer, or not for these partitions.
            NotServed: a broker refuses this way of asking.
            Unreadable: bytes came that are not known here.
        """
        came = self._loop.run_until_complete(self._came(positions))
        self.is_behind = any(len(each.data) > _PARTITION_BYTES // 2 for each in came.values())
        found = (self._response(place, positions[place], each) for place, each in came.items())
        return [response for response in found if response is not None]

    def close(self) -> None:
        """Hang up; what was asked for is not waited for."""
        try:
            self._loop.run_until_complete(self._close())
        finally:
            self._loop.close()

    async def _came(self, positions: Mapping[TopicPartition, int]) -> dict[TopicPartition, Fetched]:
        for address, places in self._places.items():
            if address not in self._asked:
                offsets = {place: positions[place] for place in places}
                self._asked[address] = asyncio.create_task(self._fetch(address, offsets))
                places.append(places.pop(0))  # whoever is cut off for want of room comes first
        await asyncio.wait(self._asked.values(), timeout=_TURN_S)
        came: dict[TopicPartition, Fetched] = {}
        for address, task in tuple(self._asked.items()):
            if task.done():
                came |= self._asked.pop(address).result()
        return came

    async def _fetch(
        self, address: Address, offsets: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, Fetched]:
        connection = self._connections.get(address)
        if connection is None:
            connection = self._connections[address] = self._how.connect()
            await connection.open(address, self._how.timeout_s)
        return await connection.fetch_each(offsets, _BROKER_BYTES, _PARTITION_BYTES)

    def _response(self, place: TopicPartition, at: int, fetched: Fetched) -> Response | None:
        if fetched.error or fetched.throttled_s:
            raise ConnectionLost(f"{place}: error code {fetched.error}")
        if not fetched.data:
            return None
        batches = [head for head in heads(fetched.data) if head.next_offset > at]
        if not batches:
            raise Unreadable("no whole batch")
        span = Span(*place, at, batches[-1].next_offset)
        aborted = fetched.aborted if self._how.committed else ()
        return Response(span, fetched.data, batches, aborted, batches[-1].leader_epoch)

    async def _close(self) -> None:
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
        for connection in self._connections.values():
            await connection.close()
