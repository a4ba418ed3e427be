"""Making a plan: which letters go where, with what, and what that does. Nothing is sent."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from uuid_utils.compat import uuid7

from readers.record import Position, Record
from readers.search import SearchStep
from readers.source import Source
from readers.topic_names import topic_names
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.fetching import fetch
from replay.deadletters.ledger import Ledger
from replay.deadletters.letter import DeadLetter
from replay.deadletters.reading import read_letter
from replay.deadletters.republish.plan import (
    CANARY,
    DEFAULT_RATE,
    Guarantee,
    LeftOut,
    Plan,
    PlannedLetter,
)
from replay.deadletters.republish.planning.completing import Originals, Whole
from replay.deadletters.republish.planning.drafting import Draft, Drafter
from replay.deadletters.republish.planning.effects import Effects
from replay.deadletters.republish.planning.impact import ReducerOf
from replay.deadletters.republish.planning.selection import Chooser, Selecting, Selection
from replay.deadletters.republish.planning.supersession import Supersession
from replay.deadletters.republish.planning.targets import NotSent, Targets
from replay.deadletters.republish.planning.warnings import warnings_of
from replay.deadletters.republish.sending.watch import ends_of, watched_topics
from replay.reducers.loading import reducer_of as reducer_of_stream
from replay.streams import Stream

_CHUNK = 200
"""Letters whose bytes are held at a time."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How letters go back.

    Attributes:
        to: a topic instead of their origins.
        rate, ramp, guarantee, preserve_timestamp: as in `Plan`.
        force: send what would be left out because it goes in circles, was sent or seen to before,
            goes to a dead-letter topic, or is superseded in a compacted one.
        impact_letters: for so many it is worked out what they do; 0 for none.
    """

    to: str | None = None
    rate: float = DEFAULT_RATE
    ramp: tuple[int, ...] = CANARY
    guarantee: Guarantee = Guarantee.TRANSACTIONS
    preserve_timestamp: bool = False
    force: bool = False
    impact_letters: int = 200


@dataclass(frozen=True, slots=True)
class PlanningStep:
    """How far the planning is.

    Attributes:
        doing: what is being done, a few words; `done` of `total` of it, 0 of 0 if not counted.
        plan: the plan, in the last step; None in all others.
    """

    doing: str
    done: int = 0
    total: int = 0
    plan: Plan | None = None


def make_plan(
    source: Source,
    selection: Selection,
    options: PlanOptions,
    *,
    streams: Sequence[Stream],
    ledger: Ledger,
    who: str,
    now_ms: int,
    group_of: Callable[[DeadLetter], str] | None = None,
    is_letter: Callable[[DeadLetter], bool] = lambda _: True,
    dialects: Sequence[Dialect] = BUILT_IN,
    reducer_of: ReducerOf = reducer_of_stream,
    letter_topics: Collection[str] = (),
) -> Iterator[PlanningStep]:
    """Make a plan, step by step on the source's thread; nothing is sent, ever.

    A step takes 0.2 s, as a source's reads do. A plan may have no letters: all were left out.

    Args:
        source: of letters and targets.
        selection: which letters.
        options: how they go back.
        streams: of the source, to read aggregates by.
        ledger: what was sent before, and mended; it is only read.
        who: makes the plan.
        now_ms: the time.
        group_of: a letter's group's id; a selection by group needs it.
        is_letter: whether a record that the selection names is one; others are left out.
        dialects: that read the letters.
        reducer_of: a stream's reducer; None leaves the choice to the events.
        letter_topics: topics that hold dead letters, whatever their names: see `watched_topics`.

    Raises:
        UsageError: the selection asks for what cannot be.
        SourceError: the source failed.
    """

    def read(record: Record) -> DeadLetter:
        return read_letter(record, dialects)

    targets = Targets(source, options.to, force=options.force)
    drafter = Drafter(
        targets,
        ledger,
        dialects,
        preserve_timestamp=options.preserve_timestamp,
        force=options.force,
    )
    selecting = Selecting(
        source,
        streams,
        read,
        group_of,
        is_letter,
        is_seen_to=drafter.is_seen_to,
        mended_ms=ledger.mended_ms,
    )
    chooser = Chooser(selecting, selection)
    yield from _said("looking for letters", chooser.steps())
    making = _Making(source, options, targets, drafter, Originals(source, read, dialects))
    yield from making.draft(chooser.chosen)
    yield from making.leave_out_superseded()
    effects = Effects(source, streams, making.drafts, reducer_of)
    yield from _said("what it does", making.told(effects, selection))
    yield PlanningStep(
        "planned",
        plan=making.plan(
            chooser,
            effects,
            letter_topics,
            plan_id=str(uuid7()),
            who=who,
            now_ms=now_ms,
        ),
    )


def without(plan: Plan, letters: Sequence[Position], why: str) -> Plan:
    """The plan without some of its letters: another plan, with an id of its own."""
    out = set(letters)
    kept = [letter for letter in plan.letters if letter.letter not in out]
    sent_to = {letter.target.topic for letter in kept}
    return replace(
        plan,
        id=str(uuid7()),
        letters=_numbered(kept),
        left_out=(*plan.left_out, *(LeftOut(p, why) for p in sorted(out))),
        targets=tuple(target for target in plan.targets if target.topic in sent_to),
    )


def _numbered(letters: Sequence[PlannedLetter]) -> tuple[PlannedLetter, ...]:
    return tuple(replace(letter, seq=seq) for seq, letter in enumerate(letters))


def _said(doing: str, steps: Iterator[SearchStep]) -> Iterator[PlanningStep]:
    for step in steps:
        yield PlanningStep(doing, step.searched, step.total)


class _Making:
    """The plan as it grows."""

    def __init__(
        self,
        source: Source,
        options: PlanOptions,
        targets: Targets,
        drafter: Drafter,
        originals: Originals,
    ) -> None:
        self._source = source
        self._options = options
        self._targets = targets
        self._drafter = drafter
        self._originals = originals
        self._left_out: list[LeftOut] = []
        self.drafts: list[Draft] = []

    def draft(self, chosen: Sequence[Position]) -> Iterator[PlanningStep]:
        """Work each letter out, a chunk at a time; then put them in the order of their origins."""
        for first in range(0, len(chosen), _CHUNK):
            chunk = chosen[first : first + _CHUNK]
            records: list[Record] = []
            for found in fetch(self._source, chunk):
                records.extend(found)
                yield PlanningStep("working letters out", first, len(chosen))
            whole = self._originals.complete(records)
            for position in chunk:
                self._draft_one(position, whole.get(position))
        self.drafts.sort(key=_order)

    def _draft_one(self, position: Position, whole: Whole | None) -> None:
        if whole is None:
            self._left_out.append(LeftOut(position, "it is gone"))
            return
        try:
            self.drafts.append(self._drafter.draft(whole))
        except NotSent as why:
            self._left_out.append(LeftOut(position, str(why)))

    def leave_out_superseded(self) -> Iterator[PlanningStep]:
        """Count what came after each; on a compacted target such letters stay."""
        later = Supersession(self._source, self.drafts)
        yield from _said("looking for newer records", later.steps())
        drafts = []
        for draft, count in zip(self.drafts, later.later, strict=True):
            topic = draft.planned.target.topic
            if count and self._targets.is_compacted(topic) and not self._options.force:
                why = f"a newer record of its key is in {topic}, which is compacted (--force)"
                self._left_out.append(LeftOut(draft.planned.letter, why))
            else:
                drafts.append(replace(draft, planned=replace(draft.planned, later=count)))
        self.drafts = drafts

    def told(self, effects: Effects, selection: Selection) -> Iterator[SearchStep]:
        """Work out what they do; those whose aggregate is not as it was asked for stay."""
        yield from effects.steps(self._options.impact_letters, selection.when)
        if selection.when is not None:
            effects.warn_of(selection.when)
            why = f"its aggregate's state does not fulfil {selection.when.text}"
            out = [d for n, d in enumerate(self.drafts) if n not in effects.fulfilled]
            self._left_out += [LeftOut(draft.planned.letter, why) for draft in out]
        self.drafts = [
            replace(draft, planned=replace(draft.planned, impact=effects.impacts.get(n)))
            for n, draft in enumerate(self.drafts)
            if selection.when is None or n in effects.fulfilled
        ]

    def plan(
        self,
        chooser: Chooser,
        effects: Effects,
        letter_topics: Collection[str],
        *,
        plan_id: str,
        who: str,
        now_ms: int,
    ) -> Plan:
        """All of it."""
        options = self._options
        others = (*chooser.lost, *self._drafter.warnings, *effects.warnings)
        letters = _numbered([draft.planned for draft in self.drafts])
        failed = {(d.planned.target.topic, d.group) for d in self.drafts if d.group is not None}
        sent_to = {letter.target.topic for letter in letters}
        told = [
            f for f in self._targets.told((t, g or "") for t, g in failed) if f.topic in sent_to
        ]
        return Plan(
            id=plan_id,
            made_at_ms=now_ms,
            made_by=who,
            cluster_id=self._source.cluster_id,
            source_name=self._source.name,
            letters=letters,
            left_out=tuple(sorted((*chooser.left_out, *self._left_out), key=_place)),
            targets=tuple(told),
            warnings=tuple(warnings_of(self.drafts, told, options.preserve_timestamp,
                                       options.guarantee, others)),
            watched=self._watched(letters, letter_topics),
            rate=options.rate,
            ramp=options.ramp,
            guarantee=options.guarantee,
            preserve_timestamp=options.preserve_timestamp,
        )  # fmt: skip

    def _watched(
        self, letters: Sequence[PlannedLetter], letter_topics: Collection[str]
    ) -> tuple[Position, ...]:
        watched = watched_topics(
            topic_names(self._source),
            [each.letter.topic for each in letters],
            [each.target.topic for each in letters],
            letter_topics,
        )
        return ends_of([t for t in self._source.topics(watched) if t.error is None])


def _order(draft: Draft) -> tuple[bool, Position]:
    """By the origins' places, so that a key's letters go in the order in which they came."""
    planned = draft.planned
    return planned.origin is None, planned.origin or planned.letter


def _place(out: LeftOut) -> Position:
    return out.letter
