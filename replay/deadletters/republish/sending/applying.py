"""Sending exactly what a plan says, each letter once, whatever happens on the way."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from readers.errors import (
    KstoryError,
    SourceRefused,
)
from readers.record import Position, Record
from readers.source import OnceWriter, Source, TopicInfo
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.fetching import fetch
from replay.deadletters.ledger import Ledger
from replay.deadletters.republish.plan import Guarantee, Plan, PlannedLetter
from replay.deadletters.republish.sending.appending import Appending
from replay.deadletters.republish.sending.apply_step import (
    ApplyState,
    ApplyStep,
    Clock,
    PlanSink,
)
from replay.deadletters.republish.sending.apply_words import (
    said_again,
    said_at_the_end,
    said_of_news,
    said_of_returned,
    said_while,
)
from replay.deadletters.republish.sending.book import Book
from replay.deadletters.republish.sending.news import News
from replay.deadletters.republish.sending.pace import Pace
from replay.deadletters.republish.sending.preparing import ends_before, ready_record
from replay.deadletters.republish.sending.resuming import (
    catch_up,
    check_age,
    check_world,
    settle_old,
)
from replay.deadletters.republish.sending.scan_writer import ScanWriter
from replay.deadletters.republish.sending.sent_search import said_of_search, targets_of
from replay.deadletters.republish.sending.watch import Watch, contents_of, ends_of
from replay.deadletters.republish.sending.world import (
    check_targets,
    place_of_content,
)

CANARY_WAIT_S = 10.0
BATCH = 50
"""More would keep a transaction open for too long (measured: reliability of transactions)."""
_TURN_S = 0.2
_LOOK_S = 5.0
"""A last look among dead letters takes so long at the most."""


_Steps = Generator[ApplyStep, None, None]


def apply_plan(
    plan: Plan,
    source: Source,
    sink: PlanSink,
    ledger: Ledger,
    pace: Pace,
    *,
    who: str,
    reason: str,
    canary_wait_s: float = CANARY_WAIT_S,
    force: bool = False,
    clock: Clock | None = None,
    locks: Path | None = None,
    dialects: Sequence[Dialect] = BUILT_IN,
) -> _Steps:
    """Send a plan, or what is still to be sent of it; the last step is DONE or STOPPED.

    A step takes 0.2 s, or what one append of 50 letters at most takes. Between two the rate may be
    changed, sending may be paused, or the steps may be left: the same plan goes on from there.
    Source and sink are used on the thread that asks for steps, and are not closed.

    Args:
        plan: as `read_plan` gave it.
        source: where letters and targets are.
        sink: of the same cluster or recording.
        ledger: of that cluster; it is told before and after each append.
        pace: letters a second.
        who: for the ledger.
        reason: for the ledger.
        canary_wait_s: how long it watches before it sends more, where the plan has a ramp.
        force: newer records of a planned key do not stop it.
        clock: time; None is the machine's.
        locks: the folder of the locks that the guarantee SCAN needs; None is the plans'.
        dialects: that read letters that come back.

    Raises:
        WorldChanged: the plan was made for another world, or more than a day ago; nothing more
            was sent. Of one that was cut off it was found out before what it sent.
        SourceError: the source or the sink failed before anything more was sent.
    """
    book = Book(ledger, plan, who=who, reason=reason)
    writer = _writer(plan, source, sink, book, locks)
    with closing(writer):
        run = _Run(plan, source, writer, book, pace, clock or Clock(), canary_wait_s, dialects)
        yield from run.steps(force=force)


def _writer(
    plan: Plan, source: Source, sink: PlanSink, book: Book, locks: Path | None
) -> OnceWriter:
    if plan.guarantee is Guarantee.SCAN:
        return ScanWriter(plan, source, sink, book, locks)
    if not hasattr(sink, "once"):
        raise SourceRefused(
            f"{source.name} cannot keep a plan's progress with its records. Nothing was sent; "
            "make a plan with the guarantee scan."
        )
    return sink.once(plan.id, targets_of(plan)[0])


class _Run:
    """One attempt at sending a plan."""

    def __init__(
        self,
        plan: Plan,
        source: Source,
        writer: OnceWriter,
        book: Book,
        pace: Pace,
        clock: Clock,
        wait_s: float,
        dialects: Sequence[Dialect],
    ) -> None:
        self._plan = plan
        self._source = source
        self._writer = writer
        self._book = book
        self._appending = Appending(plan, writer, book)
        self._news: News | None = None
        self._pace = pace
        self._clock = clock
        self._wait_s = wait_s
        self._dialects = dialects
        self._watch = Watch(source, plan.id, ())
        self._known = frozenset(book.came_back)

    def steps(self, *, force: bool) -> _Steps:
        """All of it."""
        yield self._step(ApplyState.CHECKING, "Looking whether the source is still the plan's.")
        plan, source, book, now_ms = self._plan, self._source, self._book, self._clock.now_ms()
        is_too_old = check_age(plan, book, now_ms)
        check_targets(plan, source)
        if isinstance(self._writer, ScanWriter):
            yield from self._checking(map(said_of_search, self._writer.search()))
        progress = self._writer.resume()
        if is_too_old:
            yield from self._checking(settle_old(plan, source, book, now_ms))
        self._appending.done = progress.done
        yield from self._checking(catch_up(plan, source, book, progress, now_ms))
        yield from self._checking(check_world(plan, source, book, self._done))
        if self._done < self._total:
            self._news = None if force else News(plan, source)
            yield from self._look_at(ApplyState.CHECKING, check_targets(plan, source))
        self._watch = Watch(source, plan.id, self._starts(), book.came_back, self._dialects)
        for seq, place in book.places.items():
            content = plan.letters[seq].content
            self._watch.expect(seq, place, () if content is None else (content,))
        with closing(self._watch):
            try:
                yield from self._send_all()
            except KstoryError as error:
                yield self._stopped(str(error))

    def _checking(self, told: Iterable[str]) -> _Steps:
        for said in told:
            yield self._step(ApplyState.CHECKING, said)

    def _look_at(self, state: ApplyState, targets: Sequence[TopicInfo]) -> _Steps:
        """See that no newer record of a planned key came into the targets, unless it is forced."""
        for searched in self._news.look(targets, self._done) if self._news else ():
            yield self._step(state, said_of_news(searched))

    def _starts(self) -> tuple[Position, ...]:
        """From where letters that came back are looked for."""
        topics = sorted({position.topic for position in self._plan.watched})
        now = ends_of(self._source.topics(topics))
        if self._done == 0:
            return now
        planned = {position.topic_partition: position for position in self._plan.watched}
        return tuple(planned.get(position.topic_partition, position) for position in now)

    def _send_all(self) -> _Steps:
        ramp = self._plan.ramp
        stage = 0
        if self._done == self._total:
            yield from self._look_back(0.0)
            yield self._step(ApplyState.DONE, said_again(self._plan, self._book.came_back))
            return
        while self._done < self._total:
            size = ramp[min(stage, len(ramp) - 1)] if ramp else self._total
            yield from self._send_stage(min(self._total, self._done + size))
            yield from self._look_back(self._wait_s if ramp else 0.0)
            if self._has_to_stop:
                returned = self._book.came_back - self._known
                yield self._stopped(said_of_returned(self._plan, returned))
                return
            stage += 1
        yield self._step(
            ApplyState.DONE, said_at_the_end(self._plan, self._book.came_back, self._watch)
        )

    def _send_stage(self, until: int) -> _Steps:
        while self._done < until and not self._has_to_stop:
            wanted = min(BATCH, until - self._done, self._at_once())
            allowed = self._pace.allowed(wanted, self._clock.now_s())
            if allowed < wanted and not (allowed and self._pace.rate < BATCH):
                yield from self._wait()
                continue
            batch = self._plan.letters[self._done : self._done + allowed]
            yield from self._send(batch)

    @property
    def _has_to_stop(self) -> bool:
        """Whether a canary came back; those of a run before were known to who started this one."""
        return bool(self._plan.ramp) and not self._known.issuperset(self._book.came_back)

    def _at_once(self) -> int:
        """As many as a second's letters, so that a slow pace is even."""
        return BATCH if self._pace.rate <= 0 else max(1, min(BATCH, int(self._pace.rate)))

    def _wait(self) -> _Steps:
        paused = self._pace.paused
        state = ApplyState.PAUSED if paused else ApplyState.SENDING
        yield from self._watch_for(_TURN_S if paused else min(_TURN_S, self._pace.wait_s()), state)

    def _send(self, batch: Sequence[PlannedLetter]) -> _Steps:
        records: dict[Position, Record] = {}
        for found in fetch(self._source, [place_of_content(letter) for letter in batch]):
            records |= {record.position: record for record in found}
            yield self._so_far(ApplyState.SENDING)
        targets = check_targets(self._plan, self._source)
        yield from self._look_at(ApplyState.SENDING, targets)
        now_ms = self._clock.now_ms()
        ready = [ready_record(self._plan, letter, records, now_ms) for letter in batch]
        self._book.begin(batch, ends_before(self._plan, targets), now_ms)
        stored = self._appending.append(batch, ready)
        for letter, place, record in zip(batch, stored, ready, strict=True):
            self._watch.expect(letter.seq, place, contents_of(record))
        if self._news:
            self._news.pass_over(stored, self._writer.marker_offsets)
        self._pace.spend(len(batch))
        self._appending.settle(batch, stored, self._clock.now_ms())
        yield self._so_far(ApplyState.SENDING)

    def _look_back(self, wait_s: float) -> _Steps:
        yield from self._watch_for(wait_s, ApplyState.WATCHING)
        topics = sorted({position.topic for position in self._plan.watched})
        ends = ends_of(self._source.topics(topics))
        until_s = self._clock.now_s() + _LOOK_S
        while self._watch.is_behind(ends) and self._clock.now_s() < until_s:
            yield from self._watch_for(_TURN_S, ApplyState.WATCHING)

    def _watch_for(self, wait_s: float, state: ApplyState) -> _Steps:
        """Spend the time looking among the dead letters."""
        until_s = self._clock.now_s() + wait_s
        while True:
            begun_s = self._clock.now_s()
            returned = self._watch.step()
            if returned:
                self._book.note_returned(returned, self._clock.now_ms())
            yield self._so_far(state, max(0.0, until_s - begun_s))
            now_s = self._clock.now_s()
            if now_s >= until_s or self._has_to_stop:
                return
            self._clock.sleep(max(0.0, min(_TURN_S - (now_s - begun_s), until_s - now_s)))

    @property
    def _done(self) -> int:
        return self._appending.done

    @property
    def _total(self) -> int:
        return len(self._plan.letters)

    def _step(self, state: ApplyState, sentence: str) -> ApplyStep:
        return ApplyStep(self._done, self._total, len(self._book.came_back), state, sentence)

    def _so_far(self, state: ApplyState, left_s: float = 0.0) -> ApplyStep:
        return self._step(state, said_while(state, self._done, self._total, left_s))

    def _stopped(self, why: str) -> ApplyStep:
        sent = self._appending.stored
        rest = self._total - sent
        said = f"{why} {sent:,} of {self._total:,} letters were sent, {rest:,} not."
        return replace(self._step(ApplyState.STOPPED, said), sent=sent)
