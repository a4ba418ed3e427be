"""What is typed to filter a tail: `p=3,7 key=order-4711 has=Timeout value.amount > 100`."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from readers.errors import UsageError
from readers.record import Record
from readers.wanted import EVERYTHING, Wanted
from replay.event import Event
from replay.filters import EventFilter
from replay.locator import bytes_of_text

_PARTITIONS = re.compile(r"p=(?!=)(\S*)\s*")
_BYTES = re.compile(r'(?P<name>key|has)=(?!=)(?:"(?P<quoted>[^"]*)"|(?P<bare>\S*))\s*')


@dataclass(frozen=True, slots=True)
class TailFilter:
    """Which records a tail shows; each part that is None lets all through.

    Attributes:
        wanted: what can be said of a record's bytes: its key, and text that it holds.
        text: as it was typed; empty where all are shown.
        names_partitions: it says where to look, be it everywhere.
    """

    partitions: frozenset[int] | None = None
    wanted: Wanted = EVERYTHING
    where: EventFilter | None = None
    text: str = ""
    names_partitions: bool = False

    @property
    def is_searching(self) -> bool:
        """Whether a record has to be looked at to know if it is shown."""
        return self.wanted != EVERYTHING or self.where is not None

    def keeps(self, record: Record, read: Callable[[Record], Event]) -> bool:
        """Whether the record is shown; it is decoded only where that decides."""
        if self.partitions is not None and record.partition not in self.partitions:
            return False
        if not self.wanted.holds(record):
            return False
        return self.where is None or self.where.matches(read(record))


def parse_filter(text: str) -> TailFilter:
    """Read `p=N,N` or `p=*`, `key=KEY`, `has=TEXT`, then a CEL condition.

    All are optional; a key or text with spaces stands in quotes. Of several keys a record has one,
    of several texts all.

    Raises:
        UsageError: one sentence that says what is wrong.
    """
    rest = text.strip()
    partitions: frozenset[int] | None = None
    names_partitions = False
    said: dict[str, list[bytes]] = {"key": [], "has": []}
    while True:
        if match := _PARTITIONS.match(rest):
            partitions = None if match[1] == "*" else _partitions(match[1])
            names_partitions = True
        elif match := _BYTES.match(rest):
            said[match["name"]].append(_bytes(match))
        else:
            break
        rest = rest[match.end() :]
    where = EventFilter(rest) if rest else None
    wanted = Wanted(frozenset(said["key"]) or None, tuple(said["has"]))
    return TailFilter(partitions, wanted, where, text.strip(), names_partitions)


def _partitions(text: str) -> frozenset[int]:
    numbers = [part for part in text.split(",") if part]
    if not numbers or not all(re.fullmatch(r"[0-9]{1,9}", part) for part in numbers):
        raise UsageError(
            f"p={text} names no partitions; write numbers with commas, as in p=3,7, or p=* for all."
        )
    return frozenset(map(int, numbers))


def _bytes(match: re.Match[str]) -> bytes:
    name, quoted, bare = match["name"], match["quoted"], match["bare"]
    if name == "has" and not (quoted or bare):
        raise UsageError("has= needs a text, as in has=Timeout.")
    if quoted is None and not bare:
        raise UsageError('key= needs a key, as in key=order-4711; write key="" for an empty one.')
    return bytes_of_text(bare if quoted is None else quoted)
