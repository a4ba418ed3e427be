"""Which letters are to go back: named, or found in one pass over dead-letter topics."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from readers.errors import UsageError
from readers.record import Position, Record
from readers.search import SearchStep, find_records
from readers.source import Notice, Source, TopicInfo
from replay.deadletters.fetching import fetch
from replay.deadletters.letter import DeadLetter
from replay.deadletters.reading import letter_event
from replay.deadletters.republish.plan import LeftOut
from replay.filters import EventFilter
from replay.state_condition import StateCondition
from replay.stream_guess import stream_of_topic
from replay.streams import Stream


class _Kept(NamedTuple):
    """A letter of an origin: what is asked of it when there is another one."""

    is_open: bool
    at_ms: int
    offset: int
    position: Position


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for; all that is said narrows it.

    Attributes:
        positions: these letters; empty for all of the topics.
        topics: dead-letter topics.
        group: the id of a group, or how it begins.
        from_ms, until_ms: the letters' own times; `until_ms` is not included.
        where: of the letter as an event.
        when: of its aggregate's present state.
    """

    positions: tuple[Position, ...] = ()
    topics: tuple[str, ...] = ()
    group: str | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    where: EventFilter | None = None
    when: StateCondition | None = None


@dataclass(frozen=True, slots=True)
class Selecting:
    """How the records of dead-letter topics are read.

    Attributes:
        group_of: gives a letter's group's id.
        is_letter: whether a record that is named by its position is one; those of topics all are.
        is_seen_to: whether a letter stays, whatever becomes of others of its origin.
        mended_ms: when a letter was mended; None for one that is sent as it is.
    """

    source: Source
    streams: Sequence[Stream]
    read: Callable[[Record], DeadLetter]
    group_of: Callable[[DeadLetter], str] | None = None
    is_letter: Callable[[DeadLetter], bool] = lambda _: True
    is_seen_to: Callable[[DeadLetter], bool] = lambda _: False
    mended_ms: Callable[[Position], int | None] = lambda _: None


class Chooser:
    """One pass over what may be wanted; holds places only, whatever lies there."""

    def __init__(self, desk: Selecting, selection: Selection) -> None:
        self._desk = desk
        self._selection = selection
        self._kept: dict[Position, _Kept] = {}
        self._chosen: dict[Position, Position | None] = {}
        self._groups: set[str] = set()
        self.left_out: list[LeftOut] = []
        self.lost: list[str] = []

    def steps(self) -> Iterator[SearchStep]:
        """Look; each step says how far it is.

        Raises:
            UsageError: a topic does not exist, or a group's id is not unique.
        """
        if self._selection.positions:
            yield from self._named()
        else:
            yield from self._scanned()
        if len(self._groups) > 1:
            raise UsageError(
                f"{len(self._groups)} groups begin with {self._selection.group}; "
                "type more of the id."
            )

    @property
    def chosen(self) -> tuple[Position, ...]:
        """The letters to send, one of each origin."""
        return tuple(sorted(self._chosen))

    def _named(self) -> Iterator[SearchStep]:
        wanted = set(self._selection.positions)
        total, found = len(wanted), 0
        for records in fetch(self._desk.source, self._existing(wanted)):
            self._take([record for record in records if self._is_letter(record)])
            wanted -= {record.position for record in records}
            found += len(records)
            yield SearchStep(records, found, total)
        self.left_out.extend(
            LeftOut(position, "there is no record at this position") for position in sorted(wanted)
        )

    def _is_letter(self, record: Record) -> bool:
        """Whether it is one; what is none is left out, saying so."""
        is_one = self._desk.is_letter(self._desk.read(record))
        if not is_one:
            why = (
                "it is no dead letter: neither its headers nor its topic's name say that it is one"
            )
            self.left_out.append(LeftOut(record.position, why))
        return is_one

    def _existing(self, wanted: set[Position]) -> set[Position]:
        infos = self._desk.source.topics({position.topic for position in wanted})
        counts = {topic.name: len(topic.partitions) for topic in infos}
        return {p for p in wanted if p.partition < counts.get(p.topic, 0)}

    def _scanned(self) -> Iterator[SearchStep]:
        topics = self._topics()
        spans = [span for topic in topics for span in topic.spans]
        for step in find_records(self._desk.source, spans, lambda record: True):
            self._take(step.records)
            self._tell(step.notices)
            yield SearchStep((), step.searched, step.total, step.notices)

    def _topics(self) -> tuple[TopicInfo, ...]:
        names = self._selection.topics
        if not names:
            raise UsageError("Name letters by position, --group, or --topic of dead letters.")
        found = {topic.name: topic for topic in self._desk.source.topics(names)}
        for name in names:
            if name not in found:
                raise UsageError(f"There is no topic {name!r}; `kstory topics` lists them.")
        return tuple(found.values())

    def _tell(self, notices: Sequence[Notice]) -> None:
        self.lost.extend(notice.text for notice in notices)

    def _take(self, records: Sequence[Record]) -> None:
        for record in records:
            if self._is_in_time(record):
                letter = self._desk.read(record)
                if self._fulfils(letter) and self._is_of_group(letter):
                    self._keep(letter)

    def _is_in_time(self, record: Record) -> bool:
        at_ms, chosen = record.timestamp_ms, self._selection
        if at_ms is None:
            return chosen.from_ms is None and chosen.until_ms is None
        return (chosen.from_ms is None or chosen.from_ms <= at_ms) and (
            chosen.until_ms is None or at_ms < chosen.until_ms
        )

    def _fulfils(self, letter: DeadLetter) -> bool:
        where, streams = self._selection.where, self._desk.streams
        if where is None:
            return True
        return where.matches(letter_event(letter, lambda topic: stream_of_topic(streams, topic)))

    def _is_of_group(self, letter: DeadLetter) -> bool:
        group = self._selection.group
        if group is None:
            return True
        if self._desk.group_of is None:
            raise ValueError("letters of a group are asked for, and nothing tells their groups")
        found = self._desk.group_of(letter)
        if found.startswith(group):
            self._groups.add(found)
            return True
        return False

    def _keep(self, letter: DeadLetter) -> None:
        """One letter of an origin, and the others are said.

        Of those that nobody has seen to it is the one mended last, else the newest.
        """
        origin, here = letter.origin.position, letter.position
        if origin is not None:
            is_open = not self._desk.is_seen_to(letter)
            it = _Kept(is_open, letter.record.timestamp_ms or 0, here.offset, here)
            known = self._kept.get(origin)
            if known is not None and self._rank(known) >= self._rank(it):
                self._leave_out(it, known, origin)
                return
            if known is not None:
                self._leave_out(known, it, origin)
                self._chosen.pop(known.position, None)
            self._kept[origin] = it
        self._chosen[here] = origin

    def _rank(self, kept: _Kept) -> tuple[bool, int, int, int]:
        mended_ms = self._desk.mended_ms(kept.position) or 0
        return kept.is_open, mended_ms, kept.at_ms, kept.offset

    def _leave_out(self, out: _Kept, sent: _Kept, origin: Position) -> None:
        which = "a newer"
        if self._desk.mended_ms(sent.position) is not None:
            which = "a mended"
        elif sent.is_open != out.is_open:
            which = "another"
        self.left_out.append(LeftOut(out.position, f"{which} letter of {origin} is sent"))
