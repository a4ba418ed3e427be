"""A connection to one broker that asks for batches, and nothing else; it changes nothing there."""

import asyncio
import logging
import ssl
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    IncompatibleBrokerVersion,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.fetch import FetchRequest

from readers.raw_batches.aborted import Aborted
from readers.raw_batches.epochs import Claim, EpochEnds, epoch_ends
from readers.raw_batches.security import LoginArguments
from readers.record import TopicPartition

_WAIT_MS = 100
"""So long a broker may wait for something to come, where nothing lies ready."""
_MIN_BYTES = 1
_FORM = "it answers in a form that is not known here"
_CLOSE_S = 0.2
"""A goodbye over TLS is not waited for longer."""
_NOT_SERVED = (
    ssl.SSLError,
    AuthenticationFailedError,
    IllegalSaslStateError,
    IncompatibleBrokerVersion,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    AssertionError,
    NotImplementedError,
    ValueError,
)
"""What stays as it is however often it is tried; the last three are raised by aiokafka itself."""

logging.getLogger("aiokafka").addHandler(logging.NullHandler())
logging.getLogger("aiokafka").propagate = False


class ConnectionLost(Exception):
    """The broker does not answer, or not any more."""


class NotServed(Exception):
    """The broker refuses this way of asking: the login, the certificates, or the version."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A broker's answer for one partition.

    Attributes:
        error: the protocol's error code; 0 is none.
        throttled_s: how long the broker wants to be left alone.
    """

    error: int
    aborted: Aborted
    data: bytes
    throttled_s: float = 0.0


class BrokerConnection:
    """One broker, asked for the batches of one partition at a time.

    Args:
        committed: whether records of open and aborted transactions are left out.
    """

    def __init__(self, client_id: str, login: LoginArguments, *, committed: bool) -> None:
        self._client_id = client_id
        self._login = login
        self._committed = committed
        self._connection: AIOKafkaConnection | None = None

    async def open(self, address: Address, timeout_s: float) -> None:
        """Connect and log in.

        Raises:
            ConnectionLost: it did not come about now.
            NotServed: it will not, however often it is tried.
        """
        try:
            self._connection = await create_conn(
                address.host,
                address.port,
                client_id=self._client_id,
                request_timeout_ms=int(timeout_s * 1_000),
                max_idle_ms=None,
                **self._login,
            )
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:  # it goes down just now
            raise ConnectionLost(str(error)) from error
        except _NOT_SERVED as error:
            raise NotServed(str(error) or type(error).__name__) from error
        except (OSError, KafkaError, TimeoutError) as error:
            raise ConnectionLost(str(error) or type(error).__name__) from error

    async def fetch(self, place: TopicPartition, offset: int, max_bytes: int) -> Fetched:
        """The batches from the one that holds the offset on: at least one, if there is one.

        Raises:
            ConnectionLost: no answer came.
            NotServed: the broker's protocol is not one of these, before 0.11 or after 4.
        """
        fetched = await self.fetch_each({place: offset}, max_bytes, max_bytes)
        if place not in fetched:
            raise NotServed(_FORM)
        return fetched[place]

    async def fetch_each(
        self, offsets: Mapping[TopicPartition, int], max_bytes: int, max_bytes_each: int
    ) -> dict[TopicPartition, Fetched]:
        """The batches of several partitions, each from the one that holds its offset on.

        Those asked for first come first, where not all have room; a batch larger than its
        partition's room comes whole, but only as the first of all.

        Raises:
            ConnectionLost: no answer came.
            NotServed: the broker's protocol is not one of these, before 0.11 or after 4.
        """
        assert self._connection is not None
        asked: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for (topic, number), offset in offsets.items():
            asked[topic].append((number, offset, max_bytes_each))
        request = FetchRequest(
            _WAIT_MS, _MIN_BYTES, max_bytes, int(self._committed), list(asked.items())
        )
        try:
            response: Any = await self._connection.send(request)
        except _NOT_SERVED as error:
            raise NotServed(str(error) or type(error).__name__) from error
        except (OSError, KafkaError, TimeoutError, EOFError) as error:
            raise ConnectionLost(str(error) or type(error).__name__) from error
        return _fetched(response)

    async def epoch_ends(
        self, claims: Mapping[TopicPartition, Sequence[Claim]]
    ) -> Mapping[TopicPartition, EpochEnds]:
        """How far the epochs in the claims reach; nothing where the broker does not tell.

        Raises:
            ConnectionLost: no answer came.
        """
        assert self._connection is not None
        try:
            return await epoch_ends(self._connection.send, claims)
        except _NOT_SERVED:
            return {}
        except (OSError, KafkaError, TimeoutError, EOFError) as error:
            raise ConnectionLost(str(error) or type(error).__name__) from error

    async def close(self) -> None:
        """Hang up; what was asked for is not waited for."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await asyncio.wait((connection.close(),), timeout=_CLOSE_S)


def _fetched(response: Any) -> dict[TopicPartition, Fetched]:
    throttled_s = response.throttle_time_ms / 1_000
    try:
        return {
            TopicPartition(topic, number): Fetched(
                code, _aborted(rest), rest[-1] or b"", throttled_s
            )
            for topic, partitions in response.topics
            for number, code, _, _, *rest in partitions
        }
    except (ValueError, IndexError) as error:
        raise NotServed(_FORM) from error


def _aborted(rest: list[Any]) -> Aborted:
    """The aborted transactions, wherever this version of the protocol has them; null is none."""
    return next((part for part in rest if isinstance(part, list)), [])
