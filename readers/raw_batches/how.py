"""How a scan connects, and what it may cost."""

from collections.abc import Callable
from dataclasses import dataclass

from readers.raw_batches.connection import BrokerConnection

RESPONSE_BYTES = 4_000_000
"""Asked for at once; a partition's first batch comes whole, however large it is."""
AHEAD_BYTES = 6 * RESPONSE_BYTES


@dataclass(frozen=True, slots=True)
class How:
    """How a scan connects, and what it may cost.

    Attributes:
        connect: makes a connection that is not open yet.
        max_bytes_per_s: of responses, over all brokers; None is as fast as it goes.
        ahead_bytes: of responses that nobody has taken; a larger batch comes alone.
    """

    connect: Callable[[], BrokerConnection]
    committed: bool
    timeout_s: float
    max_bytes_per_s: int | None = None
    response_bytes: int = RESPONSE_BYTES
    ahead_bytes: int = AHEAD_BYTES
