"""The work that the screens of dead letters ask of the source's thread about many letters."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from readers.errors import UsageError
from readers.record import Position
from readers.source import Source, TopicInfo
from replay.deadletters.detection import find_letter_topics
from replay.deadletters.fate import OPEN, Fate, fate_of
from replay.deadletters.fetching import fetch
from replay.deadletters.groups.group import Fingerprint
from replay.deadletters.groups.grouping import Grouping, GroupingStep, group_letters
from replay.deadletters.groups.tally import Copies, Tally
from replay.deadletters.letter import DeadLetter
from replay.deadletters.reading import read_letter
from replay.deadletters.topics import configured_letter_topics
from replay.story_search import Bounds
from tui.messages import JobMessage
from tui.render.group_row import KIND
from tui.render.record_line import key_text
from tui.render.tail_filter import TailFilter
from tui.render.tally_row import KEY
from tui.render.times import Zone, parse_time
from tui.screens.dead_letters.messages import (
    Counted,
    LettersArrived,
    LettersCounted,
    ListedLetter,
    PageRead,
    RowOpened,
)
from tui.screens.letter.work import LetterTools
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
    filter: TailFilter = field(default_factory=TailFilter)
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


class ThreeWays(Grouping):
    """Counts each letter by its kind, by its key, and by where it failed and for whom."""

    def __init__(self, tools: LetterTools, fates: Mapping[Position, Fate]) -> None:
        super().__init__(
            rules=tools.rules,
            fate_of=partial(fate_of, fates),
            aggregate_of=lambda letter: tools.event(letter).aggregate,
        )
        self.keys = Tally(lambda letter: key_text(letter.key))
        self.places = Tally(_place)
        self.copies = Copies()

    def add(self, letter: DeadLetter) -> Fingerprint:
        """Count a letter, and say of which kind it is."""
        kind = super().add(letter)
        self.keys.add(letter, kind.id)
        self.places.add(letter, kind.id)
        self.copies.add(letter, kind.id)
        return kind


class LetterCount:
    """One pass over the dead letters; only the source's thread looks into it."""

    def __init__(self, tools: LetterTools, wanted: Wanted) -> None:
        self._tools = tools
        self._wanted = wanted
        self._topics: tuple[TopicInfo, ...] = ()
        self._counts = ThreeWays(tools, {})
        self._notices: dict[str, None] = {}

    def work(self, source: Source) -> Iterator[JobMessage | None]:
        """Count; what is counted so far is told some times a second."""
        tools, bounds = self._tools, self._wanted.bounds
        self._find_topics(source)
        counts = self._counts = ThreeWays(tools, tools.fates(source))
        steps = group_letters(
            source,
            self._topics,
            counts,
            dialects=tools.dialects(),
            where=self._is_wanted,
            since_ms=bounds.from_ms,
            until_ms=bounds.until_ms,
        )
        told_s, last = 0.0, GroupingStep(0, 0, 0)
        for last in steps:
            self._notices.update(dict.fromkeys(notice.text for notice in last.notices))
            if counts.total and time.monotonic() - told_s > _TELL_EVERY_S:
                yield LettersCounted(self._counted(last), done=False)
                told_s = time.monotonic()  # what the telling took is not counted
            else:
                yield None
        yield LettersCounted(self._counted(last), done=True)

    def _find_topics(self, source: Source) -> None:
        self._topics = source.topics(self._wanted.topics or self._all_topics(source))
        for topic in self._topics:
            if topic.error is not None:
                self._notices[f"{topic.name}: {topic.error}"] = None

    def _all_topics(self, source: Source) -> tuple[str, ...]:
        configured = configured_letter_topics(self._tools.config)
        found = find_letter_topics(source, configured, self._tools.dialects())
        return tuple(topic.name for topic in found)

    def _is_wanted(self, letter: DeadLetter) -> bool:
        original = letter.record._replace(key=letter.key)
        return self._wanted.filter.keeps(original, lambda _: self._tools.event(letter))

    def _counted(self, step: GroupingStep) -> Counted:
        counts = self._counts
        return Counted(
            topics=tuple(topic.name for topic in self._topics),
            searched=step.searched,
            total=step.total,
            letters=counts.total,
            origins=counts.origins,
            undecided=counts.undecided,
            groups=counts.groups(),
            keys=counts.keys.rows(_ROWS),
            more_keys=max(0, counts.keys.names - _ROWS),
            of_further_keys=counts.keys.left_out,
            places=counts.places.rows(_ROWS),
            notices=tuple(self._notices)[:_MANY_NOTICES],
        )

    def arrived(self, source: Source) -> int:
        """How many offsets the topics have beyond what this pass looked at."""
        now = {topic.name: topic for topic in source.topics([t.name for t in self._topics])}
        return sum(
            max(0, ends(now[topic.name]) - ends(topic))
            for topic in self._topics
            if topic.name in now
        )

    def positions(self, view: str, name: str) -> tuple[Sequence[Position], int]:
        """Where the letters of a row lie, and how many of all are counted and not kept.

        Of copies only the latest is there.
        """
        counts, is_older = self._counts, self._counts.copies.is_older
        found = counts.keys if view == KEY else counts.places if view != KIND else counts
        return [each for each in found.positions(name) if not is_older(each)], found.unlisted

    def copies(self, position: Position) -> int:
        """How many letters of the same kind and origin the one at this position stands for."""
        return self._counts.copies.times(position)


def ends(topic: TopicInfo) -> int:
    """The sum of a topic's ends: it grows by one a record."""
    return sum(bounds.end_exclusive for bounds in topic.partitions)


def _place(letter: DeadLetter) -> str:
    """`payment-events → payment-service`: where it failed last, and for whom."""
    topic = letter.last.origin.topic or letter.record.topic
    return f"{topic} → {letter.last.consumer_group or '?'}"


def count_arrived(count: LetterCount) -> Work:
    """Work that counts what came since a pass."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        yield LettersArrived(count.arrived(source))

    return work


def open_rows(count: LetterCount, view: str, names: Sequence[str]) -> Work:
    """Work that finds where the letters of some rows lie."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        del source
        found = [count.positions(view, name) for name in names]
        positions = tuple(dict.fromkeys(p for positions, _ in found for p in positions))
        copies = {p: count.copies(p) for p in positions if count.copies(p) > 1}
        yield RowOpened(positions, copies, max(unlisted for _, unlisted in found))

    return work


def read_page(positions: Sequence[Position], page: int, tools: LetterTools) -> Work:
    """Work that reads one page of a list of letters."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        wanted = positions[page * PAGE : (page + 1) * PAGE]
        found: dict[Position, DeadLetter] = {}
        for records in fetch(source, wanted):
            found.update((r.position, read_letter(r, tools.dialects())) for r in records)
            yield None
        fates = tools.fates(source, found.values())
        yield PageRead(page, tuple(_listed(place, found.get(place), fates) for place in wanted))

    return work


def _listed(
    position: Position, letter: DeadLetter | None, fates: Mapping[Position, Fate]
) -> ListedLetter:
    return ListedLetter(position, letter, OPEN if letter is None else fate_of(fates, letter))
