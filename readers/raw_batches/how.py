"""How a scan connects, and what it may cost."""

from collections.abc import Callable
from dataclasses import dataclass

from readers.raw_batches.connection import BrokerConnection

RESPONSE_BYTES = 4_000_000
"""Asked for at once; a partition's first batch comes whole, however large it is."""
AHEAD_BYTES = 96_000_000


@dataclass(frozen=True, slots=True)
class How:
    """How a scan connects, and what it may cost.

    Attributes:
        connect: makes a connection that is not open yet.
        max_bytes_per_s: of responses, over all brokers; None is as fast as it goes.
        ahead_bytes: of memory, for what nobody has taken yet; a larger response comes alone.
    """

    connect: Callable[[], BrokerConnection]
    committed: bool
    timeout_s: float
    max_bytes_per_s: int | None = None
    response_bytes: int = RESPONSE_BYTES
    ahead_bytes: int = AHEAD_BYTES
