"""Breakpoints: where a story that is played stops, by a condition on the state or the event."""

import orjson

from replay.state_condition import StateCondition
from replay.states.walk import states_from
from replay.story import Story


def next_stop(story: Story, from_n: int, condition: StateCondition) -> int | None:
    """The first event after `from_n` after which the condition holds; None where none is.

    It stops again where the condition went on holding.
    """
    for n, state in states_from(story.fold, from_n + 1):
        event = story.events[n - 1].event
        if condition.matches(orjson.loads(state), story.aggregate, n=n, event=event):
            return n
    return None
