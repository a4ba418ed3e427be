"""What it takes to write: where to, where it is noted, and who does it."""

from collections.abc import Callable
from dataclasses import dataclass

from readers.source import Sink, Source
from replay.deadletters.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Permit:
    """Handed to jobs; they open what they need in their own thread and close it.

    Attributes:
        allows_writes: the command line, or the profile, permits to change the source. The ledger
            may be written without.
        is_production: the profile says to be careful.
        who: `user@host`, for the ledger.
    """

    open_sink: Callable[[], Sink]
    open_ledger: Callable[[Source], Ledger]
    who: str
    allows_writes: bool
    is_production: bool
