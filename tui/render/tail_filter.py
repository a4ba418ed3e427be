"""What is typed to filter a tail: `p=3,7 key=order-4711 value.amount > 100`."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from readers.errors import UsageError
from readers.record import Record
from replay.event import Event
from replay.filters import EventFilter
from replay.locator import bytes_of_text

_PARTITIONS = re.compile(r"p=(?!=)(\S*)\s*")
_KEY = re.compile(r'key=(?!=)(?:"([^"]*)"|(\S*))\s*')


@dataclass(frozen=True, slots=True)
class TailFilter:
    """Which records a tail shows; each part that is None lets all through.

    Attributes:
        text: as it was typed; empty where all are shown.
    """

    partitions: frozenset[int] | None = None
    key: bytes | None = None
    where: EventFilter | None = None
    text: str = ""

    @property
    def is_searching(self) -> bool:
        """Whether a record has to be looked at to know if it is shown."""
        return self.key is not None or self.where is not None

    def keeps(self, record: Record, read: Callable[[Record], Event]) -> bool:
        """Whether the record is shown; it is decoded only where that decides."""
        if self.partitions is not None and record.partition not in self.partitions:
            return False
        if self.key is not None and record.key != self.key:
            return False
        return self.where is None or self.where.matches(read(record))


def parse_filter(text: str) -> TailFilter:
    """Read `p=N,N`, `key=KEY` (in quotes if it holds spaces), then a CEL condition; all optional.

    Raises:
        UsageError: one sentence that says what is wrong.
    """
    rest = text.strip()
    partitions: frozenset[int] | None = None
    key: bytes | None = None
    while True:
        if match := _PARTITIONS.match(rest):
            partitions = _partitions(match[1])
        elif match := _KEY.match(rest):
            key = _key(match)
        else:
            break
        rest = rest[match.end() :]
    where = EventFilter(rest) if rest else None
    return TailFilter(partitions, key, where, text.strip())


def _partitions(text: str) -> frozenset[int]:
    numbers = [part for part in text.split(",") if part]
    if not numbers or not all(re.fullmatch(r"[0-9]{1,9}", part) for part in numbers):
        raise UsageError(f"p={text} names no partitions; write numbers with commas, as in p=3,7.")
    return frozenset(map(int, numbers))


def _key(match: re.Match[str]) -> bytes:
    if match[1] is None and not match[2]:
        raise UsageError('key= needs a key, as in key=order-4711; write key="" for an empty one.')
    return bytes_of_text(match[2] if match[1] is None else match[1])
