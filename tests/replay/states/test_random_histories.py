"""Of any history: state, diff, blame, watch and bisect equal folding from the start each time."""

import copy
import random
from typing import Any
from unittest.mock import patch as patched

import jsonpatch
import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.breakpoints import next_stop
from replay.reducers.reducer import Reducer
from replay.state_condition import StateCondition
from replay.states import bisect, diff
from replay.states.blame import Blame
from replay.states.watch import watched
from replay.states.what_if import WhatIf
from replay.story import Story
from tests.replay.states.histories import raw, stories
from tests.replay.states.naive import leaf_values, naive_blame, naive_states, typed, value_of


def folds_duplicates(story: Story) -> bool:
    return any(
        "duplicate" in {mark.value for mark in told.marks} and not given.left_out
        for told, given in zip(story.events, story.fold.events, strict=True)
    )


def by_hand(story: Story) -> list[Any]:
    reducer = story.fold.reducer
    assert isinstance(reducer, Reducer)
    initial = None if reducer.initial is None else reducer.initial(story.aggregate)
    return naive_states(
        [told.event for told in story.events],
        reducer.reduce,
        initial,
        fold_duplicates=folds_duplicates(story),
    )


class AtLeast:
    """Holds from some number of events on."""

    may_be_halved = True

    def __init__(self, n: int) -> None:
        self.n = n

    def holds(self, n: int, state: bytes) -> bool:
        return n >= self.n


@settings(max_examples=1000)
@given(stories(), st.randoms(use_true_random=False))
def test_all_questions_are_answered_as_folding_by_hand_answers_them(
    story: Story, chance: random.Random
) -> None:
    states = by_hand(story)
    points = [*range(len(states))]
    chance.shuffle(points)
    blame = Blame(story.fold)
    for n in points:
        assert typed(story.fold.state(n).value) == typed(states[n])
        assert blame.at(n) == naive_blame(states, n)
        assert list(blame.at(n)) == [*leaf_values(states[n])]
    check_diff(states[chance.choice(points)], states[chance.choice(points)])
    check_watch(story, states, chance)
    check_bisect(story, states, chance)


def check_diff(before: Any, after: Any) -> None:
    operations = orjson.loads(orjson.dumps(diff.patch(before, after)))
    assert typed(jsonpatch.apply_patch(copy.deepcopy(before), operations)) == typed(after)
    rows = [*diff.rows(before, after)]
    differing = [row for row in rows if isinstance(row, diff.Differing)]
    assert bool(differing) == (typed(before) != typed(after))
    for row in differing:
        for side, value in ((row.before, before), (row.after, after)):
            if not isinstance(side.value, diff.Absent):
                assert value_of(value, side.pointer) == [typed(side.value)]


def check_watch(story: Story, states: list[Any], chance: random.Random) -> None:
    pointer = chance.choice([place for state in states for place in leaf_values(state)])
    there = [value_of(state, pointer) for state in states]
    changed = [n for n in range(1, len(states)) if there[n] != there[n - 1]]
    assert [*watched(story.fold, pointer)] == changed


def check_bisect(story: Story, states: list[Any], chance: random.Random) -> None:
    wanted = chance.choice(states)
    condition = StateCondition(f"state == {cel(wanted)}")
    holds = [typed(state) == typed(wanted) for state in states]
    found = bisect.first_after(story.fold, bisect.WhenTrue(story, condition))
    assert found == bisect.Found(holds.index(True), bisect.How.FOLD)
    start = chance.randrange(len(states))
    later = [n for n in range(start + 1, len(states)) if holds[n]]
    assert next_stop(story, start, condition) == (later[0] if later else None)
    with patched.object(bisect, "FOLD_UP_TO", -1):
        by_halving = bisect.first_after(story.fold, AtLeast(start))
    assert by_halving == bisect.Found(start, bisect.How.HALVING)


def cel(value: Any) -> str:
    """JSON is CEL, as long as texts have no escapes."""
    return orjson.dumps(value).decode()


changes = st.lists(
    st.tuples(
        st.sampled_from(["skip", "unskip", "move", "edit", "undo", "reset", "step", "jump"]),
        st.integers(0, 99),
        st.integers(0, 99),
        raw,
    ),
    max_size=8,
)


class ByHand:
    """A changed world as simply as can be: a list, folded from the start each time."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.worlds = [[(told.event, False) for told in story.events]]

    def states(self) -> list[Any]:
        reducer = self.story.fold.reducer
        assert isinstance(reducer, Reducer)
        initial = None if reducer.initial is None else reducer.initial(self.story.aggregate)
        events = [None if skipped else event for event, skipped in self.worlds[-1]]
        again = folds_duplicates(self.story)
        return naive_states(events, reducer.reduce, initial, fold_duplicates=again)

    def skip(self, n: int, skipped: bool) -> None:
        event, was = self.worlds[-1][n - 1]
        if was != skipped:
            world = [*self.worlds[-1]]
            world[n - 1] = (event, skipped)
            self.worlds.append(world)

    def move(self, n: int, to: int) -> None:
        if n != to:
            world = [*self.worlds[-1]]
            world.insert(to - 1, world.pop(n - 1))
            self.worlds.append(world)

    def edit(self, n: int, value: bytes | None) -> bool:
        event, skipped = self.worlds[-1][n - 1]
        edited = self.story.stream.event(event.record._replace(value=value))
        was_json = event.error is None and event.payload.encoding == "json"
        if edited.error or (was_json and edited.payload.encoding not in ("json", "null")):
            return False
        world = [*self.worlds[-1]]
        world[n - 1] = (edited, skipped)
        self.worlds.append(world)
        return True

    def undo(self) -> None:
        if len(self.worlds) > 1:
            self.worlds.pop()


@settings(max_examples=1000)
@given(stories(), changes)
def test_a_walk_through_changed_worlds_equals_folding_them_by_hand(
    story: Story, walk: list[Any]
) -> None:
    changed, hand, cursor = WhatIf(story), ByHand(story), 0
    original = [story.fold.state_bytes(n) for n in range(len(story.fold) + 1)]
    for what, number, other, value in walk if story.events else []:
        n, to = (each % len(story.events) + 1 for each in (number, other))
        cursor = min(cursor + 1, len(story.events)) if what == "step" else n
        change(changed, hand, what, n, to, value)
        states = hand.states()
        assert typed(changed.fold.state(cursor).value) == typed(states[cursor])
        assert typed(changed.fold.state(len(states) - 1).value) == typed(states[-1])
        check_world(changed, hand)
    assert original == [story.fold.state_bytes(n) for n in range(len(story.fold) + 1)]


def change(changed: WhatIf, hand: ByHand, what: str, n: int, to: int, value: bytes | None) -> None:
    match what:
        case "skip" | "unskip":
            (changed.skip if what == "skip" else changed.unskip)(n)
            hand.skip(n, what == "skip")
        case "move":
            changed.move(n, to)
            hand.move(n, to)
        case "edit":
            if hand.edit(n, value):
                changed.edit(n, value)
        case "undo":
            changed.undo()
            hand.undo()
        case "reset":
            changed.reset()
            del hand.worlds[1:]


def check_world(changed: WhatIf, hand: ByHand) -> None:
    world, first = hand.worlds[-1], hand.worlds[0]
    assert [(e.event, e.is_skipped) for e in changed.world.events()] == world
    differs = [n for n, pair in enumerate(zip(world, first, strict=True), 1) if pair[0] != pair[1]]
    if differs:
        assert changed.changed_from is not None
        assert changed.changed_from <= differs[0]
    assert changed.changes_count == len(hand.worlds) - 1
    told = changed.world.told()
    assert [each.event for each in told.events] == [event for event, _ in world]
