"""Who set what, as JSON and as lines."""

from typing import Any

from replay.reducers.reducer import Reducer
from replay.states.blame import Blame
from replay.story import Story, tell
from tests.replay.told import STREAM, event
from tui.render.blame_text import blame_document, blame_lines, blame_text
from tui.render.times import UTC_ZONE


def story_of(*states: Any) -> Story:
    events = [event(n, n, value=value, type="Set") for n, value in enumerate(states)]
    return tell(
        [events],
        aggregate="order-1",
        stream=STREAM,
        topics=("order-events",),
        reducer=Reducer("last", lambda _, e: e["value"], initial=lambda _: {"first": 0}),
        missing=None,
    )


MOVED = story_of({"first": 0, "a": "x"}, {"first": 0, "b": "x"})
ORIGINS = Blame(MOVED.fold).at(2)


def test_an_event_is_named_with_where_its_record_lies() -> None:
    document = blame_document(MOVED, ORIGINS)
    assert document["/b"] == {
        "n": 1,
        "topic": "order-events",
        "partition": 0,
        "offset": 0,
        "timestamp": "2026-11-23T12:00:00.000Z",
        "type": "Set",
        "moved": {"n": 2, "from": "/a"},
    }


def test_what_was_there_before_the_first_event_has_none() -> None:
    place = blame_document(MOVED, ORIGINS)["/first"]
    assert place == {
        "n": 0, "topic": None, "partition": None, "offset": None, "timestamp": None, "type": None,
    }  # fmt: skip


def test_a_line_says_value_event_and_move() -> None:
    state = MOVED.fold.state(2).value
    assert [*blame_text(MOVED, state, ORIGINS, UTC_ZONE)] == [
        "/first  0    #0 before the first event",
        '/b      "x"  #1 12:00:00.000 Set (order-events:0@0), moved from /a by #2',
    ]


def test_pointers_and_values_cannot_act_on_a_terminal() -> None:
    story = story_of({"\x1b[2J": "\u202e"})
    lines = [*blame_lines(story, story.fold.state(1).value, Blame(story.fold).at(1), UTC_ZONE)]
    assert (lines[0].pointer, lines[0].value) == ("/␛[2J", '"\\u202e"')
