"""The part of a tail that is held in memory: a contiguous range of each partition, bounded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from readers.record import Record, TopicPartition
from readers.source import Notice, NoticeKind

MAX_ROWS = 20_000
MAX_BYTES = 64_000_000
_ROW_BYTES = 200
"""What a record costs besides its own bytes (measured: a named tuple of seven fields)."""


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between records that says what is not there, or what happened.

    Attributes:
        place: whose offsets from `start` up to `end_exclusive` it stands for; None where it
            stands for none.
    """

    text: str
    place: TopicPartition | None = None
    start: int = 0
    end_exclusive: int = 0


Row: TypeAlias = Record | Divider


class RecordWindow:
    """Rows in the order they are shown, bounded in number and in bytes.

    Every row has an index that never changes, so that nothing jumps when the front is trimmed:
    rows have the indexes from `first_index` up to `end_index`, which may be negative.

    Attributes:
        lo, hi: for each partition what has been searched, from `lo` up to `hi`; not only what
            matched. Where rows were trimmed it shrinks with them.
    """

    def __init__(
        self,
        at: Mapping[TopicPartition, int],
        *,
        gaps: bool = True,
        max_rows: int = MAX_ROWS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Begin empty at these offsets; with `gaps`, offsets without a record get a row."""
        self.lo = dict(at)
        self.hi = dict(at)
        self.first_index = 0
        self._shown_to = dict(at)
        self._gaps = gaps
        self._several = len({place.topic for place in at}) > 1
        self._rows: list[Row] = []
        self._bytes = 0
        self._max_rows = max_rows
        self._max_bytes = max_bytes

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def end_index(self) -> int:
        """The index after the last row's."""
        return self.first_index + len(self._rows)

    @property
    def size_bytes(self) -> int:
        """What it holds, about."""
        return self._bytes

    @property
    def is_full(self) -> bool:
        """Whether more at one end takes away from the other."""
        return len(self._rows) >= self._max_rows or self._bytes >= self._max_bytes

    def row(self, index: int) -> Row | None:
        """The row of this index, or None where it is not held."""
        at = index - self.first_index
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def records(self) -> Iterable[Record]:
        """The records held, in their order."""
        return (row for row in self._rows if isinstance(row, Record))

    def index_of(self, place: TopicPartition, offset: int) -> int | None:
        """The index of the partition's first record at this offset or after it."""
        for at, row in enumerate(self._rows):
            if isinstance(row, Record) and place_of(row) == place and row.offset >= offset:
                return self.first_index + at
        return None

    def append(
        self, records: Sequence[Record], reached: Mapping[TopicPartition, int] | None = None
    ) -> None:
        """Add what comes after, trimming the front; what is known already is left out."""
        for record in records:
            place = place_of(record)
            if record.offset < self.hi.setdefault(place, record.offset):
                continue
            shown_to = self._shown_to.get(place, record.offset)
            self._rows.extend(self._gap(place, shown_to, record.offset))
            self._rows.append(record)
            self._bytes += _cost(record)
            self.lo.setdefault(place, record.offset)
            self.hi[place] = self._shown_to[place] = record.offset + 1
        for place, offset in (reached or {}).items():
            self.lo.setdefault(place, offset)
            self._shown_to.setdefault(place, offset)
            self.hi[place] = max(self.hi.get(place, offset), offset)
        self._trim_front()

    def prepend(self, records: Sequence[Record], lo: Mapping[TopicPartition, int]) -> bool:
        """Add what lies before, searched down to `lo`; True if the end was trimmed for it."""
        rows: list[Row] = []
        shown_to = {place: min(offset, self.lo.get(place, offset)) for place, offset in lo.items()}
        for record in records:
            place = place_of(record)
            begin = shown_to.get(place, record.offset)
            if not begin <= record.offset < self.lo.get(place, record.offset + 1):
                continue
            rows.extend(self._gap(place, begin, record.offset))
            rows.append(record)
            self._bytes += _cost(record)
            shown_to[place] = record.offset + 1
        for place, offset in shown_to.items():
            rows.extend(self._gap(place, offset, self.lo.get(place, offset)))
            self.lo[place] = min(lo[place], self.lo.get(place, lo[place]))
            self.hi.setdefault(place, self.lo[place])
        self._rows[:0] = rows
        self.first_index -= len(rows)
        return self._trim_end()

    def tell(self, notices: Iterable[Notice]) -> None:
        """Add a row for each thing that happened to a partition."""
        for notice in notices:
            place = TopicPartition(notice.topic, notice.partition)
            self._rows.append(Divider(notice.text))
            match notice.kind:
                case NoticeKind.EXPIRED | NoticeKind.UNREADABLE:
                    if notice.end_exclusive is not None and place in self._shown_to:
                        self._shown_to[place] = max(self._shown_to[place], notice.end_exclusive)
                case NoticeKind.TRUNCATED:
                    if notice.start is not None:
                        self._shown_to[place] = self.hi[place] = notice.start
                case NoticeKind.RECREATED:  # what follows is another topic's, from its beginning
                    for known in [at for at in self.hi if at.topic == notice.topic]:
                        self.lo[known] = self.hi[known] = self._shown_to[known] = 0
                case _:
                    pass

    def _gap(self, place: TopicPartition, start: int, end_exclusive: int) -> list[Divider]:
        count = end_exclusive - start
        if not self._gaps or count <= 0:
            return []
        name = f"{place.topic} p{place.partition}" if self._several else f"p{place.partition}"
        what = "1 offset holds" if count == 1 else f"{count:,} offsets hold"
        text = f"{name}: {what} no record (compaction or transactions)"
        return [Divider(text, place, start, end_exclusive)]

    def _is_over(self, taken: int) -> bool:
        held = len(self._rows) - taken
        return held > 1 and (held > self._max_rows or self._bytes > self._max_bytes)

    def _trim_front(self) -> None:
        count = 0
        while self._is_over(count):
            row = self._rows[count]
            count += 1
            if isinstance(row, Record):
                self._bytes -= _cost(row)
                self.lo[place_of(row)] = row.offset + 1
            elif row.place is not None:
                self.lo[row.place] = row.end_exclusive
        del self._rows[:count]
        self.first_index += count

    def _trim_end(self) -> bool:
        count = 0
        while self._is_over(count):
            count += 1
            row = self._rows[-count]
            if isinstance(row, Record):
                self._bytes -= _cost(row)
                self.hi[place_of(row)] = self._shown_to[place_of(row)] = row.offset
            elif row.place is not None:
                self.hi[row.place] = self._shown_to[row.place] = row.start
        if count:
            del self._rows[-count:]
        return count > 0


def place_of(record: Record) -> TopicPartition:
    """The partition a record lies in."""
    return TopicPartition(record.topic, record.partition)


def _cost(record: Record) -> int:
    return record.size_bytes + _ROW_BYTES
