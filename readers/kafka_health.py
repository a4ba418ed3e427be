"""How a connection to a cluster is doing, from what its clients say beside their answers."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from readers.kafka_config import LOGGER
from readers.kafka_errors import Heard, is_fatal
from readers.source import Connection, ConnectionState

SILENT_AFTER_S = 3.0
"""A fetch waits 0.1 s at the broker, so three seconds without an answer are not load."""
_STALE_AFTER_S = 2.5
"""A client that nobody polls says nothing; its last word counts this long."""
_WORDS_KEPT = 20


class ClientHealth:
    """What one client says; its methods are called from whichever thread polls that client."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state = ConnectionState.OPENING
        self._text = ""
        self._at_s = clock()
        self._was_up = False
        self._words: deque[Heard] = deque(maxlen=_WORDS_KEPT)
        self._fatal: Any = None

    def heard_error(self, error: Any) -> None:
        """Keep it; one that trying again cannot mend is kept apart."""
        with self._lock:
            self._words.append(Heard(error.code(), error.str()))
            if is_fatal(error.code()) and self._fatal is None:
                self._fatal = error

    def log(self, level: int, form: str, *args: object) -> None:
        """Pass a line of the client's log on, and keep it: some causes are only said there."""
        with self._lock:
            self._words.append(Heard(None, str(args[-1]) if args else form))
        LOGGER.log(level, form, *args)

    def heard_statistics(self, text: str) -> None:
        """Judge the state of the connections to the brokers."""
        links = _links(text)
        up = any(link.up for link in links)
        hung = [link for link in links if link.up and link.unanswered_s > SILENT_AFTER_S]
        with self._lock:
            self._at_s = self._clock()
            self._was_up = self._was_up or up
            if hung:
                waited_s = max(link.unanswered_s for link in hung)
                self._state = ConnectionState.SILENT
                self._text = f"no answer from {hung[0].name} for {waited_s:.0f} s"
            elif up:
                self._state, self._text = ConnectionState.LIVE, ""
                self._words.clear()
            elif self._was_up or self._words:
                self._state = ConnectionState.GONE
                self._text = self._words[-1].text if self._words else "not connected"

    def heard_answer(self) -> None:
        """Something came: it lives."""
        if self._state is not ConnectionState.LIVE:
            with self._lock:
                self._state, self._text, self._was_up = ConnectionState.LIVE, "", True
                self._at_s = self._clock()
                self._words.clear()

    @property
    def fatal(self) -> Any:
        """The error that trying again cannot mend, or None."""
        return self._fatal

    @property
    def words(self) -> tuple[Heard, ...]:
        """What it said since all was well, oldest first."""
        with self._lock:
            return tuple(self._words)

    @property
    def verdict(self) -> tuple[ConnectionState, str]:
        """Its state and why; OPENING where it has not spoken lately."""
        with self._lock:
            if self._clock() - self._at_s > _STALE_AFTER_S:
                return ConnectionState.OPENING, ""
            return self._state, self._text


_WORST_FIRST = (ConnectionState.GONE, ConnectionState.SILENT, ConnectionState.LIVE)


class Health:
    """How a source is doing, from all its clients; any thread may ask."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._clients: list[ClientHealth] = []
        self._connection = Connection(ConnectionState.OPENING, clock())

    def new_client(self) -> ClientHealth:
        """The place where one more client reports."""
        client = ClientHealth(self._clock)
        self._clients.append(client)
        return client

    def connection(self) -> Connection:
        """The worst that a client says now, and since when."""
        verdicts = dict(reversed([client.verdict for client in self._clients]))
        state = next((state for state in _WORST_FIRST if state in verdicts), None)
        with self._lock:
            last = self._connection
            if state is not None and (state, verdicts[state]) != (last.state, last.text):
                since_s = last.since_s if state is last.state else self._clock()
                self._connection = Connection(state, since_s, verdicts[state])
            return self._connection

    @property
    def fatal(self) -> Any:
        """The first error that trying again cannot mend, or None."""
        return next((client.fatal for client in self._clients if client.fatal), None)

    @property
    def words(self) -> tuple[Heard, ...]:
        """What the clients said since all was well."""
        return tuple(word for client in self._clients for word in client.words)


@dataclass(frozen=True, slots=True)
class _Link:
    """A client's connection to one broker; `unanswered_s` is 0 while nothing is asked."""

    name: str
    up: bool
    unanswered_s: float


def _links(statistics: str) -> tuple[_Link, ...]:
    """The connections in a client's statistics (librdkafka's STATISTICS.md, `brokers`)."""
    brokers = orjson.loads(statistics)["brokers"].values()
    return tuple(
        _Link(
            broker["nodename"] or broker["name"],
            broker["state"] == "UP",
            broker["rxidle"] / 1e6 if broker["waitresp_cnt"] > 0 else 0.0,
        )
        for broker in brokers
        if broker["source"] != "logical"
    )
