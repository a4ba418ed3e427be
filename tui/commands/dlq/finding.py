"""Which dead letters a command is about: one pass over their topics, a letter at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from readers.record import Span
from readers.search import SearchStep, find_records
from readers.source import TopicInfo
from replay.deadletters.detection import LetterTopic
from replay.deadletters.fate import Fate, Outcome, fate_of
from replay.deadletters.groups.fingerprint import fingerprint
from replay.deadletters.groups.rules import rules_of
from replay.deadletters.letter import DeadLetter
from replay.filters import EventFilter
from tui.commands.dlq.desk import Desk
from tui.opening import find_topics
from tui.output import note


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters; all that is said narrows it.

    Attributes:
        topics: dead-letter topics; none is all that are found.
        group: a group's id, or how it begins.
        from_ms, until_ms: the letters' own times; `until_ms` is not included.
        where: of the letter as an event; `key`: the original's, where `any_key` is False.
    """

    topics: tuple[str, ...] = ()
    group: str | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    where: EventFilter | None = None
    key: bytes | None = None
    any_key: bool = True
    outcome: Outcome | None = None


@dataclass(slots=True)
class LetterPass:
    """One pass: what was read of how much, and where.

    Attributes:
        topics: the topics that are read; `why`, for those that were found and not named.
        groups: the ids that begin as the wanted group's does.
    """

    desk: Desk
    wanted: Wanted
    topics: tuple[TopicInfo, ...] = ()
    why: dict[str, LetterTopic] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    searched: int = 0
    total: int = 0
    found: int = 0

    def letters(self, tell: Callable[[SearchStep], None]) -> Iterator[DeadLetter]:
        """The wanted letters, as they come; `tell` is told each step.

        Raises:
            SourceRefused: a named topic does not exist.
        """
        self._find_topics()
        is_wanted = self._conditions()
        for step in find_records(self.desk.source, self._spans(), lambda record: True):
            self.searched, self.total = step.searched, step.total
            for notice in step.notices:
                note(notice.text)
            for record in step.records:
                letter = self.desk.read(record)
                if all(condition(letter) for condition in is_wanted):
                    self.found += 1
                    yield letter
            tell(step)

    def _find_topics(self) -> None:
        if self.wanted.topics:
            self.topics = find_topics(self.desk.source, self.wanted.topics)
            return
        found = self.desk.letter_topics()
        self.why = {topic.name: topic for topic in found}
        infos = self.desk.source.topics(list(self.why)) if found else ()
        for info in infos:
            if info.error is not None:
                note(f"{info.name} is left out: {info.error}")
        self.topics = tuple(info for info in infos if info.error is None)

    def _spans(self) -> list[Span]:
        spans = [span for topic in self.topics for span in topic.spans]
        if self.wanted.from_ms is None:
            return spans
        places = [span.topic_partition for span in spans]
        begins = self.desk.source.offsets_at(self.wanted.from_ms, places)
        begun = (replace(s, start=max(s.start, begins[s.topic_partition])) for s in spans)
        return [span for span in begun if span.width]

    def _conditions(self) -> Sequence[Callable[[DeadLetter], bool]]:
        """The cheapest first."""
        wanted = self.wanted
        said: list[Callable[[DeadLetter], bool]] = []
        if wanted.from_ms is not None or wanted.until_ms is not None:
            said.append(self._is_in_time)
        if not wanted.any_key:
            said.append(lambda letter: letter.key == wanted.key)
        if wanted.outcome is not None:
            fates = self.desk.ledger.fates()
            said.append(lambda letter: fate_of(fates, letter).outcome is wanted.outcome)
        if wanted.group is not None:
            said.append(self._is_of_group(wanted.group))
        where = wanted.where
        if where is not None:
            said.append(lambda letter: where.matches(self.desk.event(letter)))
        return said

    def _is_in_time(self, letter: DeadLetter) -> bool:
        at_ms, wanted = letter.record.timestamp_ms, self.wanted
        if at_ms is None:
            return False
        return (wanted.from_ms is None or wanted.from_ms <= at_ms) and (
            wanted.until_ms is None or at_ms < wanted.until_ms
        )

    def _is_of_group(self, begin: str) -> Callable[[DeadLetter], bool]:
        rules = rules_of(self.desk.settings.config.dead_letters)

        def matches(letter: DeadLetter) -> bool:
            found = fingerprint(letter, rules).id
            if found.startswith(begin):
                self.groups.add(found)
                return True
            return False

        return matches


def fates_by(desk: Desk) -> Callable[[DeadLetter], Fate]:
    """What the ledger says of a letter."""
    fates = desk.ledger.fates()
    return lambda letter: fate_of(fates, letter)
