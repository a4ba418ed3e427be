"""How kstory and its reducer's worker talk: JSON documents over a pipe, each behind its length."""

import os
import select
import struct
import time
from typing import Any

import orjson

_LENGTH = struct.Struct(">I")
_CHUNK = 1 << 16


class PeerGone(Exception):
    """The other side of the pipe has ended."""


class NoAnswer(Exception):
    """Nothing came in time."""


class Frames:
    """One side of two pipes, given by their file descriptors, which it closes."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        self._buffer = bytearray()

    def send(self, document: object) -> None:
        """Write a document; it waits as long as the other side does not read.

        Raises:
            PeerGone: there is no other side any more.
        """
        body = orjson.dumps(document)
        data = memoryview(_LENGTH.pack(len(body)) + body)
        try:
            while data:
                data = data[os.write(self._writing, data) :]
        except OSError as error:
            raise PeerGone from error

    def receive(self, timeout_s: float | None = None) -> Any:
        """The next document; it waits for it, for ever without a timeout.

        Raises:
            PeerGone: there is no other side any more.
            NoAnswer: nothing whole came in time.
        """
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        body = self._take(_LENGTH.size, deadline_s)
        return orjson.loads(self._take(_LENGTH.unpack(body)[0], deadline_s))

    def close(self) -> None:
        """Close both pipes."""
        for descriptor in {self._reading, self._writing}:
            os.close(descriptor)

    def _take(self, count: int, deadline_s: float | None) -> bytes:
        while len(self._buffer) < count:
            self._wait(deadline_s)
            try:
                data = os.read(self._reading, max(_CHUNK, count - len(self._buffer)))
            except OSError as error:
                raise PeerGone from error
            if not data:
                raise PeerGone
            self._buffer += data
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _wait(self, deadline_s: float | None) -> None:
        if deadline_s is None:
            return
        left_s = deadline_s - time.monotonic()
        if left_s <= 0 or not select.select([self._reading], [], [], left_s)[0]:
            raise NoAnswer
