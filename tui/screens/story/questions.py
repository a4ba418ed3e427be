"""The work that asks about a story's states: at a point, between two, since when, by whom."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import orjson

from readers.source import Source
from replay.certainty import certainty
from replay.changes import changes
from replay.reducers.stepping import Checked
from replay.state_condition import StateCondition
from replay.states.bisect import (
    FOLD_UP_TO,
    Found,
    How,
    Question,
    WhenBroken,
    WhenTrue,
    first_after,
)
from replay.states.blame import Blame, Origin
from replay.states.diff import patch, rows
from replay.states.walk import states_from
from replay.states.watch import watch_steps
from replay.states.what_if import WhatIf, World
from replay.story import Story
from tui.messages import JobMessage
from tui.render.diff_text import diff_lines
from tui.render.state_view import MAX_ROWS
from tui.screens.story.messages import (
    Bisected,
    Difference,
    DifferenceFound,
    Point,
    PointReached,
    RulesChecked,
    StatesLookedAt,
    StopFound,
    WatchFound,
    WorldExported,
    WorldMade,
)
from tui.session import Work

_STATES_A_STEP = 128
_BLAME_AT_ONCE_S = 0.05
"""The state waits so long for who set it, so that the margin does not flicker."""


@dataclass(frozen=True, slots=True)
class Told:
    """A story, and what was learnt of who set what in it."""

    story: Story
    blame: Blame

    @classmethod
    def of(cls, story: Story) -> "Told":
        """Of a story of which nothing is known yet."""
        return cls(story, Blame(story.fold))


@dataclass(frozen=True, slots=True)
class Side:
    """One of two states to compare: the state after event `n` of a story, and what it is called."""

    story: Story
    n: int
    name: str


def point_of(told: Told, n: int, *, with_blame: bool) -> Work:
    """Work that finds the state after event `n`, what it changed and which rules it breaks."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        story = told.story
        before, after = story.fold.around(n)

        def point(origins: Mapping[str, Origin] | None) -> PointReached:
            state, checked = story.fold.state(n), story.fold.checked(n)
            changed, sure = tuple(changes(before, after)), certainty(story, n)
            kept_bytes = story.fold.snapshots_bytes
            return PointReached(Point(state, changed, checked, sure, kept_bytes, origins))

        if not with_blame:
            yield point(None)
            return
        start_s, is_shown = time.monotonic(), False
        for _ in told.blame.steps_to(n):
            is_late = not is_shown and time.monotonic() - start_s > _BLAME_AT_ONCE_S
            is_shown = is_shown or is_late
            yield point(None) if is_late else None
        yield point(told.blame.at(n))

    return work


def difference_of(before: Side, after: Side) -> Work:
    """Work that compares two states."""

    def work(source: Source) -> Iterator[JobMessage]:
        old, new = (side.story.fold.state(side.n).value for side in (before, after))
        lines = tuple(islice(diff_lines(rows(old, new)), MAX_ROWS + 1))
        operations = patch(old, new)
        text = tuple(orjson.dumps(each).decode() for each in operations[: MAX_ROWS + 1])
        is_cut = max(len(lines), len(text)) > MAX_ROWS
        difference = Difference(before.name, after.name, lines[:MAX_ROWS], text[:MAX_ROWS], is_cut)
        yield DifferenceFound(difference)

    return work


def bisect_condition(story: Story, text: str) -> Work:
    """Work that finds the first event after which a condition in CEL holds."""

    def work(source: Source) -> Iterator[JobMessage]:
        yield from _bisect(story, text, WhenTrue(story, StateCondition(text)))

    return work


def bisect_rule(story: Story, rule: str) -> Work:
    """Work that finds the first event after which a rule is broken."""

    def work(source: Source) -> Iterator[JobMessage]:
        yield from _bisect(story, f"✗ {rule}", WhenBroken(story.fold, rule))

    return work


def _bisect(story: Story, asked: str, question: Question) -> Iterator[JobMessage]:
    """Halve where that is sure to find something; else look at every state."""
    fold, total = story.fold, len(story.fold)
    may_halve = total > FOLD_UP_TO and question.may_be_halved
    if may_halve and question.holds(total, fold.state_bytes(total)):
        yield Bisected(asked, first_after(fold, question), question.failures)
        return
    for n, state in states_from(fold, 0):
        if question.holds(n, state):
            yield Bisected(asked, Found(n, How.FOLD), question.failures)
            return
        if n % _STATES_A_STEP == 0:
            yield StatesLookedAt(n, total)
    yield Bisected(asked, None, question.failures)


def watch(story: Story, pointer: str) -> Work:
    """Work that finds the events that changed what lies at a place."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        numbers = []
        for n, is_changed in watch_steps(story.fold, pointer):
            if is_changed:
                numbers.append(n)
            if n % _STATES_A_STEP == 0:
                yield StatesLookedAt(n, len(story.fold))
        yield WatchFound(pointer, numbers)

    return work


def check_rules(story: Story) -> Work:
    """Work that finds where rules begin to be broken."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        broken: dict[int, tuple[str, ...]] = {}
        failed: dict[int, str] = {}
        before, known = Checked(), b""
        for n, state in states_from(story.fold, 0):
            if state != known:
                now = story.fold.reducer.checked(state)
                new = tuple(rule for rule in now.broken if rule not in before.broken)
                if new and n:
                    broken[n] = new
                if now.failure is not None and now.failure != before.failure and n:
                    failed[n] = now.failure
                before, known = now, state
            if n % _STATES_A_STEP == 0:
                yield None
        yield RulesChecked(broken, failed)

    return work


def change_world(what_if: WhatIf, change: Callable[[WhatIf], object]) -> Work:
    """Work that changes a world that is thought of, and tells its story."""

    def work(source: Source) -> Iterator[JobMessage]:
        change(what_if)
        yield WorldMade(what_if.world, what_if.world.told(), what_if.changes_count)

    return work


def export_world(world: World, path: Path) -> Work:
    """Work that writes the records of a world that is thought of into a new file."""

    def work(source: Source) -> Iterator[JobMessage]:
        # Only who asks for a file needs what writes one.
        from replay.transfer.what_if_file import write_world

        yield WorldExported(path, write_world(world, path), bool(world.moved))

    return work


def find_stop(story: Story, from_n: int, text: str) -> Work:
    """Work that finds the first event after `from_n` at which a condition stops the player."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        condition = StateCondition(text)
        for n, state in states_from(story.fold, from_n + 1):
            event = story.events[n - 1].event
            if condition.matches(orjson.loads(state), story.aggregate, n=n, event=event):
                yield StopFound(n, condition.failures)
                return
            if n % _STATES_A_STEP == 0:
                yield None
        yield StopFound(None, condition.failures)

    return work
