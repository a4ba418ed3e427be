"""What if: events left out, told elsewhere or with another value, in memory alone."""

import gc
from typing import Any
from weakref import ref

import pytest

from readers.errors import UsageError
from replay.reducers.reducer import Reducer
from replay.states.what_if import WhatIf
from replay.story import Story, tell
from tests.replay.told import STREAM, event

calls: list[int] = []


def collect(state: Any, event: Any) -> Any:
    calls.append(event["offset"])
    return [*(state or []), event["value"]]


def told(*events: Any, fold_duplicates: bool = False) -> Story:
    return tell(
        [events],
        aggregate="order-1",
        stream=STREAM,
        topics=("order-events",),
        reducer=Reducer("collect", collect),
        missing=None,
        fold_duplicates=fold_duplicates,
    )


def story_of(*values: Any) -> Story:
    return told(*(event(n, n, value=value) for n, value in enumerate(values)))


def end(changed: WhatIf) -> Any:
    return changed.fold.state(len(changed.world)).value


def test_a_skipped_event_keeps_its_place_and_is_not_folded() -> None:
    changed = WhatIf(story_of("a", "b", "c"))
    changed.skip(2)
    assert end(changed) == ["a", "c"]
    assert [event.is_skipped for event in changed.world.events()] == [False, True, False]
    assert changed.changed_from == 2
    changed.unskip(2)
    assert (end(changed), changed.changed_from) == (["a", "b", "c"], None)


def test_a_moved_event_is_told_as_the_one_of_that_number() -> None:
    changed = WhatIf(story_of("a", "b", "c", "d"))
    changed.move(4, 2)
    assert end(changed) == ["a", "d", "b", "c"]
    assert [event.was for event in changed.world.events()] == [1, 4, 2, 3]
    assert [event.is_moved for event in changed.world.events()] == [False, True, False, False]
    assert changed.changed_from == 2


def test_an_edited_event_has_another_value() -> None:
    changed = WhatIf(story_of("a", "b"))
    changed.edit(1, b'{"new": 1}')
    assert end(changed) == [{"new": 1}, "b"]
    assert changed.world.event(1).is_edited
    assert changed.story.fold.state(2).value == ["a", "b"]


def test_changes_are_made_of_the_changed_world_and_undone_one_by_one() -> None:
    changed = WhatIf(story_of("a", "b", "c"))
    changed.move(1, 3)
    changed.edit(3, b'"A"')
    changed.skip(1)
    assert end(changed) == ["c", "A"]
    assert changed.undo()
    assert end(changed) == ["b", "c", "A"]
    changed.reset()
    assert (end(changed), changed.undo(), changed.changed_from) == (["a", "b", "c"], False, None)


def test_only_what_follows_the_change_is_folded_anew() -> None:
    changed = WhatIf(story_of(*range(3000)))
    calls.clear()
    changed.skip(2900)
    assert len(calls) < 2000
    assert min(calls) >= 1000
    calls.clear()
    assert changed.undo()
    assert calls == []


def test_a_repetition_of_a_skipped_event_counts() -> None:
    again = {"id": "e1", "type": "Set"}
    changed = WhatIf(told(event(0, value="a", **again), event(1, value="a", **again)))
    assert end(changed) == ["a"]
    changed.skip(1)
    assert end(changed) == ["a"]
    assert changed.fold.around(2) == (None, ["a"])
    assert [event.marks for event in changed.world.told().events] == [(), ()]


def test_a_repetition_of_a_skipped_event_counts_after_another_change_too() -> None:
    again = {"id": "e1", "type": "Set"}
    told_twice = (event(0, value="a", **again), event(1, value="b"), event(2, value="A", **again))
    changed = WhatIf(told(*told_twice))
    changed.skip(1)
    changed.edit(2, b'"B"')
    assert end(changed) == ["B", "A"]


def test_repetitions_are_folded_where_they_were() -> None:
    again = {"id": "e1", "type": "Set"}
    events = [event(n, value="a", **again) for n in range(2)]
    changed = WhatIf(told(*events, event(2, value="b"), fold_duplicates=True))
    changed.skip(3)
    assert end(changed) == ["a", "a"]


def test_a_changed_world_is_told_with_its_own_marks() -> None:
    changed = WhatIf(story_of("a", "b", "c"))
    changed.move(3, 1)
    story = changed.world.told()
    assert [each.n for each in story.events] == [1, 2, 3]
    assert "late" in {mark.value for mark in story.events[1].marks}
    assert story.fold is changed.fold


@pytest.mark.parametrize(
    ("raw", "value", "said"),
    [
        (b'{"a": 1}', b'{"a": ', "cannot be given this value: not JSON"),
        (b'{"a": 1}', b"text", "it was json, and this is text"),
        (b'{"a": 1}', b"\xff", "it was json, and this is bytes"),
    ],
)
def test_a_value_in_another_format_is_refused(raw: bytes, value: bytes, said: str) -> None:
    changed = WhatIf(told(event(0, raw=raw)))
    with pytest.raises(UsageError, match=f"Event #1 .*{said}"):
        changed.edit(1, value)
    assert changed.changes_count == 0


@pytest.mark.parametrize(
    ("raw", "value"),
    [(b'{"a": 1}', None), (b'{"a":', b'{"a": 2}'), (b"text", b"other"), (None, b"7"), (b"x", b"")],
)
def test_what_was_broken_may_be_mended_and_any_value_taken_away(
    raw: bytes | None, value: bytes | None
) -> None:
    changed = WhatIf(told(event(0, raw=raw)))
    changed.edit(1, value)
    assert changed.world.event(1).event.record.value == value


@pytest.mark.parametrize("n", [0, -1, 4])
def test_an_event_that_is_not_there_is_refused(n: int) -> None:
    changed = WhatIf(story_of("a", "b", "c"))
    for change in (changed.skip, changed.unskip, lambda n: changed.move(1, n)):
        with pytest.raises(UsageError, match=f"There is no event #{n} to change"):
            change(n)
    with pytest.raises(UsageError, match="There is no event"):
        changed.edit(n, None)


def test_what_changes_nothing_is_no_change() -> None:
    changed = WhatIf(story_of("a", "b"))
    changed.unskip(1)
    changed.move(2, 2)
    assert changed.changes_count == 0
    changed.skip(1)
    changed.skip(1)
    assert changed.changes_count == 1


def test_worlds_that_were_left_hold_no_states_and_come_back_by_undo() -> None:
    story = story_of(*"abcdef")
    changed = WhatIf(story)
    ends, folds = [end(changed)], []
    for change in (
        lambda: changed.skip(2),
        lambda: changed.move(6, 1),
        lambda: changed.edit(3, b'"x"'),
        lambda: changed.unskip(3),
    ):
        folds.append(ref(changed.fold))
        change()
        ends.append(end(changed))
    gc.collect()
    assert [fold() is not None for fold in folds] == [True, False, False, False]
    while changed.undo():
        ends.pop()
        assert end(changed) == ends[-1]
    assert changed.fold is story.fold
