"""The work that the screens of dead letters ask of the source's thread about many letters."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from readers.errors import UsageError
from readers.record import Position, Record, Span, TopicPartition
from readers.search import find_records
from readers.source import Source, TopicInfo
from replay.deadletters.detection import find_letter_topics
from replay.deadletters.fate import OPEN, Fate, fate_of
from replay.deadletters.groups.grouping import Grouping
from replay.deadletters.groups.tally import Tally
from replay.deadletters.letter import DeadLetter
from replay.deadletters.reading import read_letter
from replay.deadletters.republish.fetching import fetch
from replay.event import Event
from replay.story_search import Bounds
from tui.messages import JobMessage
from tui.render.record_line import key_text
from tui.render.tail_filter import TailFilter
from tui.render.tally_row import KEY
from tui.render.times import Zone, parse_time
from tui.screens.dead_letters_messages import (
    Counted,
    LettersArrived,
    LettersCounted,
    ListedLetter,
    PageRead,
    RowOpened,
)
from tui.screens.letter_work import LetterTools
from tui.session import Work

PAGE = 100
"""Letters of a list that are read at once."""
_TELL_EVERY_S = 0.25
_ROWS = 2_000
_MANY_NOTICES = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters are counted.

    Attributes:
        topics: their dead-letter topics; none for all there are.
        bounds: the range of their times, as it was typed in `span_text`.
    """

    topics: tuple[str, ...] = ()
    filter: TailFilter = TailFilter()
    bounds: Bounds = field(default_factory=Bounds)
    span_text: str = ""

    @property
    def text(self) -> str:
        """What is said of it; empty where all are counted."""
        return "  ".join(filter(None, (self.filter.text, self.span_text)))


def parse_span(text: str, *, now_ms: int, zone: Zone) -> Bounds:
    """Read `FROM..UNTIL`, of which one may be absent; a single time is where it begins.

    Raises:
        UsageError: a time is none.
    """
    if not text:
        return Bounds()
    begin, _, end = text.partition("..")
    times = [
        parse_time(part, now_ms=now_ms, zone=zone) if part.strip() else None
        for part in (begin, end)
    ]
    if None not in times and times[0] >= times[1]:  # type: ignore[operator]
        raise UsageError(f"{text!r} ends before it begins; write it as 12:00..12:30.")
    return Bounds(*times)


class LetterCount:
    """One pass over the dead letters; only the source's thread looks into it."""

    def __init__(self, tools: LetterTools, wanted: Wanted) -> None:
        self._tools = tools
        self._wanted = wanted
        self._topics: tuple[TopicInfo, ...] = ()
        self._ends: dict[TopicPartition, int] = {}
        self._grouping: Grouping | None = None
        self._keys = Tally(lambda letter: key_text(letter.key))
        self._places = Tally(_place)
        self._notices: dict[str, None] = {}

    def work(self, source: Source) -> Iterator[JobMessage | None]:
        """Count; what is counted so far is told some times a second."""
        tools = self._tools
        self._find_topics(source)
        fates = tools.fates(source)
        grouping = self._grouping = Grouping(
            fate_of=lambda letter: fate_of(fates, letter), aggregate_of=self._aggregate
        )
        told_s = 0.0
        searched = total = 0
        for step in find_records(source, self._spans(source), self._is_wanted):
            for record in step.records:
                self._add(grouping, record)
            self._notices.update(dict.fromkeys(notice.text for notice in step.notices))
            searched, total = step.searched, step.total
            now_s = time.monotonic()
            if grouping.total and now_s - told_s > _TELL_EVERY_S:
                yield LettersCounted(self._counted(grouping, searched, total), done=False)
                told_s = time.monotonic()
            else:
                yield None
        yield LettersCounted(self._counted(grouping, searched, total), done=True)

    def _find_topics(self, source: Source) -> None:
        tools = self._tools
        found = find_letter_topics(source, tools.letter_topics, tools.dialects())
        names = [topic.name for topic in found]
        wanted = self._wanted.topics or names
        self._topics = source.topics([name for name in names if name in wanted])
        for topic in self._topics:
            if topic.error is not None:
                self._notices[f"{topic.name}: {topic.error}"] = None

    def _spans(self, source: Source) -> list[Span]:
        spans = [span for topic in self._topics for span in topic.spans]
        self._ends = {span.topic_partition: span.end_exclusive for span in spans}
        begin_ms, end_ms = self._wanted.bounds.from_ms, self._wanted.bounds.until_ms
        begins = {} if begin_ms is None else source.offsets_at(begin_ms, list(self._ends))
        ends = self._ends if end_ms is None else source.offsets_at(end_ms, list(self._ends))
        return [
            replace(
                span,
                start=max(span.start, begins.get(span.topic_partition, span.start)),
                end_exclusive=min(span.end_exclusive, ends[span.topic_partition]),
            )
            for span in spans
        ]

    def _is_wanted(self, record: Record) -> bool:
        bounds, time_ms = self._wanted.bounds, record.timestamp_ms
        if time_ms is not None and not bounds.hold(time_ms):
            return False
        return self._wanted.filter.keeps(record, self._event)

    def _event(self, record: Record) -> Event:
        return self._tools.stream_of(record.topic).event(record)

    def _aggregate(self, letter: DeadLetter) -> str | None:
        return self._tools.event(letter).aggregate

    def _add(self, grouping: Grouping, record: Record) -> None:
        letter = read_letter(record, self._tools.dialects())
        kind = grouping.add(letter)
        self._keys.add(letter, kind)
        self._places.add(letter, kind)

    def _counted(self, grouping: Grouping, searched: int, total: int) -> Counted:
        return Counted(
            topics=tuple(topic.name for topic in self._topics),
            searched=searched,
            total=total,
            letters=grouping.total,
            origins=grouping.origins,
            undecided=grouping.undecided,
            groups=grouping.groups(),
            keys=self._keys.rows(_ROWS),
            more_keys=max(0, self._keys.names - _ROWS),
            places=self._places.rows(_ROWS),
            notices=tuple(self._notices)[:_MANY_NOTICES],
        )

    def arrived(self, source: Source) -> int:
        """How many offsets the topics have beyond what this pass looked at."""
        now = source.topics([topic.name for topic in self._topics])
        ends = {span.topic_partition: span.end_exclusive for t in now for span in t.spans}
        return sum(max(0, end - self._ends.get(place, end)) for place, end in ends.items())

    def positions(self, view: str, name: str) -> tuple[Sequence[Position], int]:
        """Where the letters of a row lie, and how many of it are counted and not kept."""
        if view == KEY:
            return self._keys.positions(name), 0
        if self._grouping is not None and view == "kind":
            return self._grouping.positions(name), 0
        return self._places.positions(name), 0


def _place(letter: DeadLetter) -> str:
    """`payment-events → payment-service`: where it failed last, and for whom."""
    topic = letter.last.origin.topic or letter.record.topic
    return f"{topic} → {letter.last.consumer_group or '?'}"


def count_arrived(count: LetterCount) -> Work:
    """Work that counts what came since a pass."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        yield LettersArrived(count.arrived(source))

    return work


def open_row(count: LetterCount, view: str, name: str) -> Work:
    """Work that finds where the letters of a row lie."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        positions, unlisted = count.positions(view, name)
        yield RowOpened(name, positions, unlisted)

    return work


def read_page(positions: Sequence[Position], page: int, tools: LetterTools) -> Work:
    """Work that reads one page of a list of letters."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        wanted = positions[page * PAGE : (page + 1) * PAGE]
        fates = tools.fates(source)
        found: dict[Position, Record] = {}
        for records in fetch(source, wanted):
            found.update((record.position, record) for record in records)
            yield None
        yield PageRead(
            page, tuple(_listed(position, found.get(position), tools, fates) for position in wanted)
        )

    return work


def _listed(
    position: Position, record: Record | None, tools: LetterTools, fates: Mapping[Position, Fate]
) -> ListedLetter:
    if record is None:
        return ListedLetter(position, None, OPEN)
    letter = read_letter(record, tools.dialects())
    return ListedLetter(position, letter, fate_of(fates, letter))
