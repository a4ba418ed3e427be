"""How much of what brokers sent may lie here before it is taken."""

import asyncio


class Room:
    """Room for so many bytes; belongs to one event loop.

    What is larger than all of it gets in alone.
    """

    def __init__(self, size_bytes: int) -> None:
        self._size = size_bytes
        self._taken = 0
        self._given_back = asyncio.Event()

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
