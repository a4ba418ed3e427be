"""What a reader could not read of partitions: a line each, where the records would stand."""

from collections.abc import Iterable

from readers.record import Span, TopicPartition
from readers.source import Notice, NoticeKind
from replay.window_rows import Divider


def lost_span(notice: Notice) -> Span | None:
    """The offsets that a reader went past for this; None where it is about none."""
    if notice.kind not in (NoticeKind.EXPIRED, NoticeKind.UNREADABLE):
        return None
    if notice.start is None or notice.end_exclusive is None:
        return None
    return Span(notice.topic, notice.partition, notice.start, notice.end_exclusive)


def closed_place(notice: Notice) -> TopicPartition | None:
    """The partition of which nothing more could be read for this; None where it was read on."""
    if notice.kind in (NoticeKind.DENIED, NoticeKind.DELETED):
        return TopicPartition(notice.topic, notice.partition)
    return None


class Losses:
    """Notices of lost offsets, each until it is taken as a line."""

    def __init__(self, notices: Iterable[Notice] = ()) -> None:
        self._waiting: list[tuple[Span, Notice]] = []
        for notice in notices:
            self.add(notice)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, notice: Notice) -> bool:
        """Keep it, if it is about offsets; whether it is."""
        span = lost_span(notice)
        if span is not None:
            self._waiting.append((span, notice))
        return span is not None

    def take(self, place: TopicPartition, start: int, end_exclusive: int) -> list[Divider]:
        """Lines for what was lost of these offsets, ascending; each stands for those within."""
        if not self._waiting:
            return []
        taken = [
            (span, notice)
            for span, notice in self._waiting
            if span.topic_partition == place
            and start < span.end_exclusive
            and span.start < end_exclusive
        ]
        self._waiting = [each for each in self._waiting if each not in taken]
        rows = []
        for span, notice in sorted(taken, key=lambda each: each[0].start):
            begin, end = max(start, span.start), min(end_exclusive, span.end_exclusive)
            rows.append(Divider(notice.text, (Span(*place, begin, end),)))
        return rows

    def take_before(self, place: TopicPartition, offset: int) -> list[Divider]:
        """Lines, for no offsets, of what was lost of a partition before this one."""
        return [Divider(row.text) for row in self.take(place, 0, offset)]

    def ends(self) -> list[tuple[TopicPartition, int]]:
        """Each partition of which something was lost, with where that ends."""
        return [(span.topic_partition, span.end_exclusive) for span, _ in self._waiting]
