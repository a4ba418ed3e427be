"""A state says how sure it is."""

import pytest

from replay.certainty import Certainty, certainty
from replay.reducers.reducer import Reducer
from replay.story import Story, tell
from replay.streams import Stream
from tests.replay.told import STREAM, event

ONE = Stream("orders", ("order-events",))
LAST = Reducer("last", lambda _, e: e["value"], replaces=lambda e: e["offset"] == 2)


def story(
    *, missing: str | None = "retention", has_holes: bool = False, stream: Stream = ONE,
    partitions: int = 1,
) -> Story:  # fmt: skip
    events = [
        [event(n, n, value=n, partition=p, stream=stream) for n in range(1, 5)]
        for p in range(partitions)
    ]
    return tell(
        events, aggregate="order-1", stream=stream, topics=stream.topics, reducer=LAST,
        missing=missing, has_holes=has_holes,
    )  # fmt: skip


def test_a_complete_story_is_exact_everywhere() -> None:
    told = story(missing=None)
    assert {certainty(told, n) for n in range(5)} == {Certainty.EXACT}


def test_a_cut_off_beginning_is_a_lower_bound_until_an_event_replaces_all() -> None:
    told = story()
    assert [certainty(told, n).words for n in range(5)] == [
        "lower bound", "lower bound", "exact", "exact", "exact",
    ]  # fmt: skip


def test_holes_leave_it_unknown() -> None:
    assert certainty(story(has_holes=True), 4) is Certainty.UNKNOWN


@pytest.mark.parametrize("other", [{"stream": STREAM}, {"partitions": 2}])
def test_what_is_missing_elsewhere_may_have_come_later(other: dict[str, object]) -> None:
    assert certainty(story(**other), 4) is Certainty.LOWER_BOUND  # type: ignore[arg-type]
