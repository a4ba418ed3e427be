"""`kstory tail`: records as they come."""

import heapq
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import click

from readers.errors import UsageError
from readers.record import Record, Span, TopicPartition
from readers.scanning import found_in
from readers.search import SearchStep, find_keys, find_texts
from readers.source import Notice, PartitionBounds, Source, TopicInfo
from readers.topic_names import topic_names
from readers.wanted import EVERYTHING
from readers.wanted import Wanted as WantedBytes
from replay.event import Event
from replay.filters import EventFilter
from replay.locator import bytes_of_text
from replay.ranges import (
    AtOffset,
    AtTime,
    Beginning,
    End,
    LastRecords,
    Point,
    choose_partitions,
    positions,
    spans_between,
    starts,
)
from replay.stream_config import streams_of
from replay.stream_guess import stream_of_topic
from replay.streams import Stream
from tui.collector import collecting_rarely
from tui.opening import find_topics, opened
from tui.options import everywhere_option, json_option, pass_settings, source_options
from tui.output import note, print_lines, write_bytes
from tui.render.json_lines import JsonLines
from tui.render.record_line import record_line
from tui.render.times import Zone, parse_time
from tui.settings import Settings, now_ms

_PARTITION = re.compile(r"\s*[0-9]{1,9}\s*")
_OFFSET = re.compile(r"[0-9]{1,9}")
_FEW = 10_000
"""So many records and fewer the Kafka client brings sooner than a scan of whole batches begins."""
_LAST = re.compile(r"-([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records are printed, and where that ends.

    Attributes:
        until: None ends at the partitions' present end, or never when following.
        bytes: what can be said of them before they are decoded.
        everywhere: keys are searched in partitions too that their hash rules out.
        limit: so many records at the most; None is all.
    """

    start: Point
    until: Point | None
    follow: bool
    partitions: frozenset[int] | None
    bytes: WantedBytes
    everywhere: bool
    where: EventFilter | None
    limit: int | None

    @property
    def until_ms(self) -> int | None:
        """The time at which it ends."""
        return self.until.time_ms if isinstance(self.until, AtTime) else None

    @property
    def is_all(self) -> bool:
        """Whether every record that is read is wanted."""
        return self.bytes == EVERYTHING and self.until_ms is None and self.where is None


@click.command("tail")
@click.argument("topics", nargs=-1, required=True, metavar="TOPIC...")
@click.option("--partition", metavar="N[,N]", help="Only these partitions.")
@click.option(
    "--key",
    "keys",
    metavar="KEY",
    multiple=True,
    help="Only this key; hex:… for one that is no text. May be repeated.",
)
@click.option(
    "--contains",
    "texts",
    metavar="TEXT",
    multiple=True,
    help="Only records with TEXT in key, value or headers, as it lies there. May be repeated.",
)
@everywhere_option
@click.option(
    "--from",
    "start",
    metavar="WHERE",
    help="beginning, end, -N, an offset or a time; -10 unless --no-follow, then beginning.",
)
@click.option(
    "--until", metavar="WHERE",
    help="end, an offset or a time, and then it does not follow. A time ends each partition at its "
    "first record from then on.",
)  # fmt: skip
@click.option("-n", "limit", type=click.IntRange(min=0), help="Stop after so many records.")
@click.option("--where", metavar="CEL", help="A condition, such as: value.amount > 100.")
@click.option("--follow/--no-follow", default=None, help="Go on as records come; the default.")
@json_option
@source_options
@pass_settings
def tail(
    settings: Settings,
    topics: tuple[str, ...],
    partition: str | None,
    keys: tuple[str, ...],
    texts: tuple[str, ...],
    everywhere: bool,
    start: str | None,
    until: str | None,
    limit: int | None,
    where: str | None,
    follow: bool | None,
) -> None:
    """Print records of one topic or more as they come, a line each."""
    follows = until is None if follow is None else follow
    wanted = Wanted(
        start=read_point(start or ("-10" if follows else "beginning"), settings.zone),
        until=None if until is None else read_point(until, settings.zone),
        follow=follows,
        partitions=_partitions(partition),
        bytes=WantedBytes(
            frozenset(map(bytes_of_text, keys)) if keys else None, tuple(map(bytes_of_text, texts))
        ),
        everywhere=everywhere,
        where=None if where is None else EventFilter(where),
        limit=limit,
    )
    if isinstance(wanted.until, Beginning | LastRecords):
        raise UsageError("--until takes end, an offset or a time.")
    with collecting_rarely(), opened(settings) as source:
        infos = find_topics(source, tuple(dict.fromkeys(topics)))
        streams = streams_of(settings.config.streams, topic_names(source))
        printer = Printer(settings, streams, several=len(infos) > 1)
        for records in tailed(source, infos, wanted, printer.event):
            printer.print(records)


class Printer:
    """Writes records to stdout, a batch at a time."""

    def __init__(self, settings: Settings, streams: Sequence[Stream], *, several: bool) -> None:
        self._as_json = settings.as_json
        self._zone = settings.zone
        self._streams = streams
        self._by_topic: dict[str, Stream] = {}
        self._several = several
        self._lines = JsonLines(self._stream_of)

    def event(self, record: Record) -> Event:
        """What the record says by its topic's stream."""
        return self._stream_of(record.topic).event(record)

    def print(self, records: Sequence[Record]) -> None:
        """Print them, at once."""
        if self._as_json:
            for lines in self._lines.chunks(records):
                write_bytes(lines)
        else:
            events = map(self.event, records)
            print_lines(record_line(e, self._zone, with_topic=self._several) for e in events)

    def _stream_of(self, topic: str) -> Stream:
        stream = self._by_topic.get(topic)
        if stream is None:
            stream = self._by_topic[topic] = stream_of_topic(self._streams, topic)
        return stream


def tailed(
    source: Source, topics: Sequence[TopicInfo], wanted: Wanted, read: Callable[[Record], Event]
) -> Iterator[Sequence[Record]]:
    """The wanted records, a batch at a time; notices go to stderr."""
    bounds = choose_partitions(topics, wanted.partitions)
    if not bounds:
        raise UsageError("None of the topics has a partition with such a number.")
    begins = starts(source, bounds, wanted.start)
    left = wanted.limit
    for records in _records(source, topics, bounds, begins, wanted):
        kept = records if wanted.is_all else [r for r in records if _is_wanted(r, wanted, read)]
        kept = kept if left is None else kept[:left]
        if kept:
            yield kept
        if left is not None:
            left -= len(kept)
            if left <= 0:
                return


def _is_wanted(record: Record, wanted: Wanted, read: Callable[[Record], Event]) -> bool:
    if not wanted.bytes.holds(record):
        return False
    at_ms = record.timestamp_ms
    if wanted.until_ms is not None and at_ms is not None and at_ms >= wanted.until_ms:
        return False
    return wanted.where is None or wanted.where.matches(read(record))


def _records(
    source: Source,
    topics: Sequence[TopicInfo],
    bounds: dict[TopicPartition, PartitionBounds],
    begins: dict[TopicPartition, int],
    wanted: Wanted,
) -> Iterator[Sequence[Record]]:
    """First what is there, then, where it is followed, what comes."""
    until = wanted.until.offset if isinstance(wanted.until, AtOffset) else None
    within = bounds if wanted.until_ms is None else _before(source, wanted.until_ms, bounds)
    spans = [span for span in spans_between(begins, within, until) if span.width]
    present = _present(source, topics, spans, wanted)
    if isinstance(wanted.start, LastRecords):
        yield _newest(present, wanted.start.count)
    else:
        yield from present
    if not _goes_on(wanted):
        return
    ends = {place: b.end_exclusive for place, b in bounds.items()}
    ends |= {place: begin for place, begin in begins.items() if begin > ends[place]}
    for batch in source.follow(positions(ends)):
        _tell(batch.notices)
        yield batch.records
        if wanted.until_ms is not None and wanted.until_ms <= now_ms():
            return


def _before(
    source: Source, time_ms: int, bounds: dict[TopicPartition, PartitionBounds]
) -> dict[TopicPartition, PartitionBounds]:
    """The bounds up to each partition's first record at this time or later."""
    ends = source.offsets_at(time_ms, bounds)
    return {place: replace(b, end_exclusive=ends[place]) for place, b in bounds.items()}


def _goes_on(wanted: Wanted) -> bool:
    """Whether what comes is wanted after what is there: always, or until a time still to come."""
    if not wanted.follow:
        return False
    return wanted.until is None or (wanted.until_ms is not None and wanted.until_ms > now_ms())


def _present(
    source: Source, topics: Sequence[TopicInfo], spans: Sequence[Span], wanted: Wanted
) -> Iterator[Sequence[Record]]:
    if wanted.bytes == EVERYTHING:
        is_bulk = sum(span.width for span in spans) > _FEW and wanted.limit is None
        for batch in found_in(source, EVERYTHING, spans) if is_bulk else source.read(spans):
            _tell(batch.notices)
            yield batch.records
        return
    for step in _search(source, topics, spans, wanted):
        if step.said:
            note(step.said)
        _tell(step.notices)
        yield step.records


def _search(
    source: Source, topics: Sequence[TopicInfo], spans: Sequence[Span], wanted: Wanted
) -> Iterator[SearchStep]:
    sought = wanted.bytes
    if sought.keys is None:
        return find_texts(source, sought.texts, spans)
    return find_keys(
        source, sought.keys, topics, spans, texts=sought.texts, everywhere=wanted.everywhere
    )


def _newest(batches: Iterator[Sequence[Record]], count: int) -> Sequence[Record]:
    """The newest of all partitions, by time; within one its own order stays."""
    by_partition: dict[TopicPartition, list[Record]] = {}
    for records in batches:
        for record in records:
            by_partition.setdefault(record.position.topic_partition, []).append(record)
    merged = heapq.merge(*by_partition.values(), key=lambda record: record.timestamp_ms or 0)
    return list(merged)[-count:] if count else []


def _tell(notices: Sequence[Notice]) -> None:
    for notice in notices:
        note(notice.text)


def _partitions(text: str | None) -> frozenset[int] | None:
    if text is None:
        return None
    if not all(_PARTITION.fullmatch(part) for part in text.split(",")):
        raise UsageError(f"--partition {text!r}: write numbers with commas between them.")
    return frozenset(int(part) for part in text.split(","))


def read_point(text: str, zone: Zone) -> Point:
    """`beginning`, `end`, `-N`, an offset of nine digits at most, or a time.

    Raises:
        UsageError: it is none of them.
    """
    if text in ("beginning", "end"):
        return Beginning() if text == "beginning" else End()
    last = _LAST.fullmatch(text)
    if last:
        return LastRecords(int(last[1]))
    if _OFFSET.fullmatch(text):
        return AtOffset(int(text))
    return AtTime(parse_time(text, now_ms=now_ms(), zone=zone))
