"""How kstory and its reducer's worker talk: JSON documents, a line each, behind their length."""

import os
import select
import struct
from collections.abc import Iterable
from typing import Any

import orjson

_LENGTH = struct.Struct(">Q")
_CHUNK = 1 << 20


class PeerGone(Exception):
    """The other side of the pipe has ended, or what it says makes no sense."""


class NoAnswer(Exception):
    """Nothing came in time."""


class Frames:
    """One side of two pipes, given by their file descriptors, which it closes.

    A frame is a document and, as they are, lines of JSON that belong to it: states and events are
    handed on without being read.
    """

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        self._buffer = bytearray()
        os.set_blocking(writing, False)

    def send(
        self, document: object, lines: Iterable[bytes] = (), timeout_s: float | None = None
    ) -> None:
        """Write a frame; a timeout is for how long the other side may read nothing of it.

        Raises:
            PeerGone: there is no other side any more.
            NoAnswer: it does not read.
        """
        body = b"\n".join((orjson.dumps(document), *lines))
        data = memoryview(_LENGTH.pack(len(body)) + body)
        while data:
            try:
                data = data[os.write(self._writing, data) :]
            except BlockingIOError:
                _wait((), (self._writing,), timeout_s)
            except OSError as error:
                raise PeerGone from error

    def receive(self, timeout_s: float | None = None) -> tuple[Any, list[bytes]]:
        """The next frame; a timeout is for how long nothing at all may come.

        Raises:
            PeerGone: there is no other side any more.
            NoAnswer: nothing came in time.
        """
        length = _LENGTH.unpack(self._take(_LENGTH.size, timeout_s))[0]
        first, *lines = self._take(length, timeout_s).split(b"\n")
        try:
            return orjson.loads(first), lines
        except orjson.JSONDecodeError as error:
            raise PeerGone from error

    def close(self) -> None:
        """Close both pipes."""
        for descriptor in {self._reading, self._writing}:
            os.close(descriptor)

    def _take(self, count: int, timeout_s: float | None) -> bytes:
        while len(self._buffer) < count:
            _wait((self._reading,), (), timeout_s)
            try:
                data = os.read(self._reading, _CHUNK)
            except OSError as error:
                raise PeerGone from error
            if not data:
                raise PeerGone
            self._buffer += data
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


def _wait(reading: tuple[int, ...], writing: tuple[int, ...], timeout_s: float | None) -> None:
    poll = select.poll()
    for descriptor in reading:
        poll.register(descriptor, select.POLLIN)
    for descriptor in writing:
        poll.register(descriptor, select.POLLOUT)
    if not poll.poll(None if timeout_s is None else timeout_s * 1000):
        raise NoAnswer
