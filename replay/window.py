"""The part of a tail that is held in memory: a contiguous range of each partition, bounded."""

from collections.abc import Iterable, Mapping, Sequence

from readers.record import Record, Span, TopicPartition
from readers.source import Notice, NoticeKind, Passed
from replay.pages import Page
from replay.window_losses import Losses, closed_place
from replay.window_rows import Divider, Row, gap_divider, passed_divider, place_of

MAX_ROWS = 20_000
MAX_BYTES = 64_000_000
_ROW_BYTES = 200
"""What a record costs besides its own bytes (measured: a named tuple of seven fields)."""


class RecordWindow:
    """Rows in the order they are shown, bounded in number and in bytes.

    Every row has an index that never changes, so that nothing jumps when the front is trimmed:
    rows have the indexes from `first_index` up to `end_index`, which may be negative.

    Attributes:
        lo, hi: for each partition what has been searched or passed over, from `lo` up to `hi`; not
            only what matched. Where rows were trimmed it shrinks with them.
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
        self._losses = Losses()
        self._told: dict[TopicPartition, Notice] = {}
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
        self,
        records: Sequence[Record],
        reached: Mapping[TopicPartition, int] | None = None,
        passed: Sequence[Passed] = (),
    ) -> None:
        """Add what comes after, trimming the front; what is known already is left out.

        What was passed over lies before the records, and gets one line for all partitions.
        """
        self._pass_over(passed)
        for record in records:
            place = place_of(record)
            if record.offset < self.hi.setdefault(place, record.offset):
                continue
            shown_to = self._shown_to.get(place, record.offset)
            self._rows.extend(self._gap(place, shown_to, record.offset, self._losses))
            self._rows.append(record)
            self._bytes += _cost(record)
            self.lo.setdefault(place, record.offset)
            self.hi[place] = self._shown_to[place] = record.offset + 1
        for place, offset in (reached or {}).items():
            self.lo.setdefault(place, offset)
            self._shown_to.setdefault(place, offset)
            self.hi[place] = max(self.hi.get(place, offset), offset)
        for place in {place_of(record) for record in records} if self._told else ():
            self._told.pop(place, None)
        self._tell_losses()
        self._trim_front()

    def prepend(
        self,
        records: Sequence[Record],
        lo: Mapping[TopicPartition, int],
        notices: Sequence[Notice] = (),
    ) -> bool:
        """Add what lies before, searched down to `lo`; True if the end was trimmed for it."""
        shown_to = {place: min(offset, self.lo.get(place, offset)) for place, offset in lo.items()}
        rows = self._rows_up_to(self.lo, records, shown_to, notices)
        for place in shown_to:
            self.lo[place] = min(lo[place], self.lo.get(place, lo[place]))
            self.hi.setdefault(place, self.lo[place])
        self._rows[:0] = rows
        self.first_index -= len(rows)
        return self._trim_end()

    def fill(self, divider: Divider, page: Page) -> bool:
        """Put records in the place of their line; True if the end was trimmed for it.

        The page reaches down from the end of the line's spans; what it does not reach keeps a line.
        Rows after the line keep their indexes.
        """
        at = next((at for at, row in enumerate(self._rows) if row is divider), None)
        if at is None:
            return False
        ends = {span.topic_partition: span.end_exclusive for span in divider.spans}
        rest = [
            Span(span.topic, span.partition, span.start, page.lo[span.topic_partition])
            for span in divider.spans
            if page.lo[span.topic_partition] > span.start
        ]
        rows: list[Row] = []
        if rest:
            rows.append(passed_divider(rest, divider.passed - len(page.records)))
        rows += self._rows_up_to(ends, page.records, dict(page.lo), page.notices)
        after = len(self._rows) - at - 1
        self._rows[at : at + 1] = rows
        self.first_index -= len(rows) - 1
        if after > at:
            return self._trim_end()
        self._trim_front()
        return False

    def arrive(
        self,
        records: Sequence[Record],
        reached: Mapping[TopicPartition, int],
        passed: Sequence[Passed],
        notices: Sequence[Notice],
    ) -> None:
        """Add what a step of a follow or a first page brought.

        A log that was cut off is told last: what was read of it came before.
        """
        cut = [notice for notice in notices if notice.kind is NoticeKind.TRUNCATED]
        self.tell(notice for notice in notices if notice.kind is not NoticeKind.TRUNCATED)
        self.append(records, reached, passed)
        self.tell(cut)
        for place in filter(None, map(closed_place, notices)):
            self._shown_to[place] = self.hi.get(place, 0)

    def tell(self, notices: Iterable[Notice]) -> None:
        """Add a row for each thing that happened to a partition.

        What was lost of its offsets gets its row where the next record comes, or the end is.
        """
        for notice in notices:
            place = TopicPartition(notice.topic, notice.partition)
            if self._losses.add(notice) or not self._is_news(notice):
                continue
            self._rows.append(Divider(notice.text))
            if notice.kind is NoticeKind.TRUNCATED and notice.start is not None:
                self._shown_to[place] = self.hi[place] = notice.start
            elif notice.kind is NoticeKind.RECREATED:  # what follows is another topic's
                for known in [at for at in self.hi if at.topic == notice.topic]:
                    self.lo[known] = self.hi[known] = self._shown_to[known] = 0

    def _is_news(self, notice: Notice) -> bool:
        """Every read says anew of a partition that it cannot read it; that is told once."""
        place = closed_place(notice)
        if place is None:
            return True
        before, self._told[place] = self._told.get(place), notice
        return before != notice

    def _tell_losses(self) -> None:
        """Add a row for what was lost before where each partition is read to now."""
        for place, end in self._losses.ends():
            if end <= self.hi.get(place, end):
                shown_to = self._shown_to.get(place, end)
                self._rows.extend(self._gap(place, shown_to, end, self._losses))
                self._rows.extend(self._losses.take_before(place, end))
                self._shown_to[place] = max(shown_to, end)

    def _pass_over(self, passed: Sequence[Passed]) -> None:
        spans: list[Span] = []
        count = 0
        for each in passed:
            place, end = each.span.topic_partition, each.span.end_exclusive
            if end <= self.hi.get(place, 0):
                continue
            start = min(self._shown_to.get(place, each.span.start), each.span.start)
            spans.append(Span(place.topic, place.partition, start, end))
            count += each.count
            self._rows.extend(self._losses.take_before(place, end))
            self.lo.setdefault(place, start)
            self.hi[place] = self._shown_to[place] = end
        if spans:
            self._rows.append(passed_divider(spans, count))

    def _rows_up_to(
        self,
        ends: Mapping[TopicPartition, int],
        records: Sequence[Record],
        shown_to: dict[TopicPartition, int],
        notices: Sequence[Notice],
    ) -> list[Row]:
        """Rows of the records that lie from `shown_to` up to these ends, and of the gaps there."""
        losses = Losses()
        rows: list[Row] = [
            Divider(notice.text)
            for notice in notices
            if not losses.add(notice) and self._is_news(notice)
        ]
        for record in records:
            place = place_of(record)
            begin = shown_to.get(place, record.offset)
            if begin <= record.offset < ends.get(place, record.offset + 1):
                rows.extend(self._gap(place, begin, record.offset, losses))
                rows.append(record)
                self._bytes += _cost(record)
                shown_to[place] = record.offset + 1
        closed = set(map(closed_place, notices))
        for place, offset in shown_to.items():
            if place not in closed:
                rows.extend(self._gap(place, offset, ends.get(place, offset), losses))
        return rows

    def _gap(
        self, place: TopicPartition, start: int, end_exclusive: int, losses: Losses
    ) -> list[Divider]:
        """Rows for offsets that gave no record: a loss's own, and one for those between."""
        rows: list[Divider] = []
        for row in losses.take(place, start, end_exclusive) if start < end_exclusive else ():
            (span,) = row.spans
            rows += self._empty(place, start, span.start)
            rows.append(row)
            start = span.end_exclusive
        return rows + self._empty(place, start, end_exclusive)

    def _empty(self, place: TopicPartition, start: int, end_exclusive: int) -> list[Divider]:
        if not self._gaps or start >= end_exclusive:
            return []
        name = f"{place.topic} p{place.partition}" if self._several else f"p{place.partition}"
        return [gap_divider(name, Span(place.topic, place.partition, start, end_exclusive))]

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
            else:
                self.lo |= {span.topic_partition: span.end_exclusive for span in row.spans}
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
            else:
                for span in row.spans:
                    self.hi[span.topic_partition] = self._shown_to[span.topic_partition] = (
                        span.start
                    )
        if count:
            del self._rows[-count:]
        return count > 0


def _cost(record: Record) -> int:
    return record.size_bytes + _ROW_BYTES
