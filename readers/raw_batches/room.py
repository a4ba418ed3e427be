"""How much of what brokers sent may lie here before it is taken."""

import asyncio

_LEAST_ASKED_BYTES = 64_000
_GROWTH = 8.0
"""Of JSON in lz4 of which every record is wanted; known better with the first response."""
_FORGETS = 0.5
"""Of how much it grew, from one response to the next; that one grew more is believed at once."""


class Room:
    """Room for so many bytes of memory; belongs to one event loop.

    What is larger than all of it gets in alone. Records take many times the room of the packed
    response that they came in, so what is asked for next goes by what the last one turned out as.
    """

    def __init__(self, size_bytes: int) -> None:
        self._size = size_bytes
        self._taken = 0
        self._given_back = asyncio.Event()
        self._growth = _GROWTH

    def expected(self, asked_bytes: int) -> int:
        """The room that a response of so many bytes will probably take."""
        return int(asked_bytes * self._growth)

    def fitting(self, count: int) -> int:
        """How many bytes to ask for at most so that so many responses have room twice over."""
        return max(_LEAST_ASKED_BYTES, int(self._size / (2 * count * self._growth)))

    async def take(self, size_bytes: int) -> None:
        """Wait until there is room for so much, and take it."""
        while self._taken and self._taken + size_bytes > self._size:
            self._given_back.clear()
            await self._given_back.wait()
        self._taken += size_bytes

    def give_back(self, size_bytes: int) -> None:
        """So much is free again; less than nothing where more came than was expected."""
        self._taken -= size_bytes
        self._given_back.set()

    def turned_out(self, expected_bytes: int, came_bytes: int, size_bytes: int) -> None:
        """A response for which room was taken was looked through: its finds take this much."""
        self.give_back(expected_bytes - size_bytes)
        self._growth = max(1.0, self._growth * _FORGETS, size_bytes / max(1, came_bytes))
