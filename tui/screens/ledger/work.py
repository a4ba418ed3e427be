"""What the ledger screen asks of the source's thread, and what it is told."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from readers.source import Source
from replay.deadletters.ledger import Ledger
from replay.deadletters.ledger_entry import Entry
from tui.messages import JobMessage
from tui.session import Work

SHOWN = 20_000
"""Only the newest are shown; `kstory dlq log` prints all."""
_STEP = 2_000

OpenLedger = Callable[[Source], Ledger]


@dataclass
class EntriesRead(JobMessage):
    """The ledger's entries, the newest first; `total` counts those that are not shown too."""

    entries: tuple[Entry, ...]
    total: int


def read_ledger(open_ledger: OpenLedger) -> Work:
    """Work that reads all of the ledger, some thousand entries a step."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        newest: deque[Entry] = deque(maxlen=SHOWN)
        total = 0
        with closing(open_ledger(source)) as ledger:
            for total, entry in enumerate(ledger.entries(), 1):
                newest.append(entry)
                if total % _STEP == 0:
                    yield None
        yield EntriesRead(tuple(reversed(newest)), total)

    return work
