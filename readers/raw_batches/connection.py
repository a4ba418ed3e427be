"""A connection to one broker that asks for batches, and nothing else; it changes nothing there."""

import logging
from dataclasses import dataclass
from typing import Any

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import KafkaError
from aiokafka.protocol.fetch import FetchRequest

from readers.raw_batches.aborted import Aborted
from readers.raw_batches.security import LoginArguments
from readers.record import TopicPartition

_WAIT_MS = 100
"""So long a broker may wait for something to come, where nothing lies ready."""
_MIN_BYTES = 1

logging.getLogger("aiokafka").addHandler(logging.NullHandler())
logging.getLogger("aiokafka").propagate = False


class ConnectionLost(Exception):
    """The broker does not answer any more, or not as expected."""


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
        stable_end: where a reader of committed records has to stop now.
    """

    error: int
    end: int
    stable_end: int
    aborted: Aborted
    data: bytes


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
            ConnectionLost: it did not come about.
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
        except (OSError, KafkaError, TimeoutError, AssertionError) as error:
            raise ConnectionLost(str(error) or type(error).__name__) from error

    async def fetch(self, place: TopicPartition, offset: int, max_bytes: int) -> Fetched:
        """The batches from the one that holds the offset on: at least one, if there is one.

        Raises:
            ConnectionLost: no answer came.
        """
        assert self._connection is not None
        request = FetchRequest(
            _WAIT_MS, _MIN_BYTES, max_bytes, int(self._committed),
            [(place.topic, [(place.partition, offset, max_bytes)])],
        )  # fmt: skip
        try:
            response: Any = await self._connection.send(request)
        except (OSError, KafkaError, TimeoutError, EOFError) as error:
            raise ConnectionLost(str(error) or type(error).__name__) from error
        ((_, ((_, code, end, stable_end, *rest),)),) = response.topics
        return Fetched(code, end, stable_end, _aborted(rest), rest[-1] or b"")

    def close(self) -> None:
        """Hang up; what was asked for is not waited for."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _aborted(rest: list[Any]) -> Aborted:
    """The aborted transactions, wherever this version of the protocol has them; null is none."""
    return next((part for part in rest if isinstance(part, list)), [])
