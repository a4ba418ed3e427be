"""Many dead letters in one pass: a group a kind of failure, in bounded memory, askable any time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from readers.record import Position, Record, Span
from readers.search import find_records
from readers.source import Notice, Source, TopicInfo
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.fate import OPEN, Fate, Outcome
from replay.deadletters.groups.counting import Axis, Origins, Places, Seen
from replay.deadletters.groups.fingerprint import VERSION, fingerprint, is_undecided
from replay.deadletters.groups.gathered import Gathered
from replay.deadletters.groups.group import Fingerprint, Group
from replay.deadletters.groups.rules import DEFAULT_RULES, Rules
from replay.deadletters.letter import DeadLetter
from replay.deadletters.provenance import provenance_of
from replay.deadletters.reading import read_letter
from replay.ranges import AtTime, Beginning, choose_partitions, spans_between, starts


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept of all groups together; what is beyond is counted all the same.

    Attributes:
        groups: kinds of failure that are told apart; all others are one group.
        origins: letters that are told apart by where they failed; copies beyond are letters.
        keys: different keys, and different aggregates, each; those beyond are not counted.
        positions: of letters.
    """

    groups: int = 1_000
    origins: int = 1_000_000
    keys: int = 250_000
    positions: int = 1_000_000


LIMITS = Limits()
_AT_ONCE = 500
"""Letters of one step: 25 ms, so that the first groups are there soon and a pass can be stopped."""
OTHERS = Fingerprint(
    id=blake2b(b"all others", digest_size=6).hexdigest(),
    version=VERSION,
    exception=None,
    frame=None,
    message="all other failures",
    why=("There are too many kinds of failure to be told apart; these are what is left.",),
)
"""The kind of all that came when there were as many groups as are kept."""


class Grouping:
    """Letters as groups, while they come; what it keeps does not grow with how many there are.

    Letters of one kind and one origin are one letter, and the further ones its copies. The outcome
    of the latest of them that has any is the letter's.

    Attributes:
        total: records that were added, copies among them.
        origins: records that failed: letters of one origin counted once, whatever their kinds.
        undecided: letters that do not tell why they failed, without copies.
        unlisted: records whose positions are not kept.
    """

    def __init__(
        self,
        *,
        rules: Rules = DEFAULT_RULES,
        fate_of: Callable[[DeadLetter], Fate] = lambda _: OPEN,
        aggregate_of: Callable[[DeadLetter], str | None] | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        """Start with nothing.

        Args:
            rules: what kstory.toml says about grouping.
            fate_of: what became of a letter.
            aggregate_of: the aggregate that a letter is about; by default its key.
            limits: how much is kept.
        """
        self._rules = rules
        self._fate_of = fate_of
        self._aggregate_of = aggregate_of
        self._limits = limits
        self._gathered: dict[str, Gathered] = {}
        self._axis, self._places = Axis(), Places()
        self._letters = Origins(limits.origins)
        self._keys = Seen(limits.keys, if_unknown=False)
        self._aggregates = Seen(limits.keys, if_unknown=False)
        self._outcomes: dict[tuple[str, Position], Outcome] = {}
        self.total = self.origins = self.undecided = self.unlisted = 0

    def add(self, letter: DeadLetter) -> Fingerprint:
        """Count a letter, and say of which kind it is."""
        kind = fingerprint(letter, self._rules)
        gathered = self._of(kind, letter)
        position = letter.position
        identity = gathered.kind.id, letter.origin.position or position
        is_new, is_new_origin = self._letters.add(*identity)
        self.total += 1
        self.origins += is_new_origin
        self._list(gathered, position)
        self._note_fate(gathered, identity, self._fate_of(letter).outcome)
        gathered.add_time(letter, is_copy=not is_new)
        gathered.add_names(letter)
        if is_new:
            self.undecided += is_undecided(kind)
            self._count(gathered, letter)
        else:
            gathered.copies += 1
        return gathered.kind

    def groups(self) -> tuple[Group, ...]:
        """The groups so far, the largest first."""
        groups = (gathered.group() for gathered in self._gathered.values())
        return tuple(sorted(groups, key=lambda group: (-group.count, group.fingerprint.id)))

    def positions(self, group_id: str) -> Sequence[Position]:
        """Where a group's letters lie, copies too, as they came; nothing for an unknown group."""
        gathered = self._gathered.get(group_id)
        return () if gathered is None else gathered.positions

    def _of(self, kind: Fingerprint, letter: DeadLetter) -> Gathered:
        if kind.id not in self._gathered and len(self._gathered) >= self._limits.groups:
            kind = OTHERS
        if kind.id not in self._gathered:
            self._gathered[kind.id] = Gathered(kind, letter, self._axis, self._places)
        return self._gathered[kind.id]

    def _list(self, gathered: Gathered, position: Position) -> None:
        if self.total - self.unlisted > self._limits.positions:
            self.unlisted += 1
        else:
            gathered.positions.add(position)

    def _note_fate(
        self, gathered: Gathered, identity: tuple[str, Position], outcome: Outcome
    ) -> None:
        if outcome is Outcome.OPEN:
            return
        if identity not in self._outcomes and len(self._outcomes) >= self._limits.origins:
            gathered.at_least = True
            return
        gathered.change_fate(self._outcomes.get(identity, Outcome.OPEN), outcome)
        self._outcomes[identity] = outcome

    def _count(self, gathered: Gathered, letter: DeadLetter) -> None:
        """Count a letter that is no copy."""
        group_id = gathered.kind.id
        gathered.count += 1
        gathered.came_back += provenance_of(letter.record) is not None
        if letter.key is not None:
            gathered.keys += self._keys.is_new((group_id, letter.key))
        if self._aggregate_of is None:
            gathered.aggregates = gathered.keys
        else:
            aggregate = self._aggregate_of(letter)
            if aggregate is not None:
                gathered.aggregates += self._aggregates.is_new((group_id, aggregate))
        if self._letters.is_full or self._keys.is_full or self._aggregates.is_full:
            gathered.at_least = True


@dataclass(frozen=True, slots=True)
class GroupingStep:
    """How far a pass is, after one step of it; what was found is in its `Grouping`.

    Attributes:
        added: letters of this step, which are in the groups now.
        searched, total: offsets looked at, of all those to look at.
    """

    added: int
    searched: int
    total: int
    notices: tuple[Notice, ...] = ()


def group_letters(
    source: Source,
    topics: Sequence[TopicInfo],
    grouping: Grouping,
    *,
    dialects: Sequence[Dialect] = BUILT_IN,
    where: Callable[[DeadLetter], bool] | None = None,
    since_ms: int | None = None,
    until_ms: int | None = None,
) -> Iterator[GroupingStep]:
    """Read dead-letter topics once, all that they hold now, into the groups.

    Args:
        source: where they lie.
        topics: dead-letter topics.
        grouping: takes the letters; it may be asked between any two steps.
        dialects: how they are read.
        where: which letters count.
        since_ms: no letter that is older counts.
        until_ms: letters from this time on do not count; nor do those without a time.
    """

    def added(records: Sequence[Record]) -> int:
        within = (r for r in records if _is_between(r.timestamp_ms, since_ms, until_ms))
        letters = (read_letter(record, dialects) for record in within)
        before = grouping.total
        for letter in letters:
            if where is None or where(letter):
                grouping.add(letter)
        return grouping.total - before

    searched = 0
    for step in find_records(source, _spans(source, topics, since_ms), lambda record: True):
        for begin in range(0, len(step.records), _AT_ONCE):
            part = step.records[begin : begin + _AT_ONCE]
            yield GroupingStep(added(part), searched, step.total)
        searched = step.searched
        yield GroupingStep(0, searched, step.total, step.notices)


def _spans(source: Source, topics: Sequence[TopicInfo], since_ms: int | None) -> list[Span]:
    bounds = choose_partitions(topics, None)
    begin = Beginning() if since_ms is None else AtTime(since_ms)
    return spans_between(starts(source, bounds, begin), bounds)


def _is_between(time_ms: int | None, since_ms: int | None, until_ms: int | None) -> bool:
    if time_ms is None:
        return since_ms is None and until_ms is None
    return (since_ms is None or time_ms >= since_ms) and (until_ms is None or time_ms < until_ms)
