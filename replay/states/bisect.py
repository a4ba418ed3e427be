"""Bisect: the first event after which something holds of the state.

Halving finds it in a few steps, but only where what holds once holds from then on. Nobody can know
that of a condition beforehand, so a story is read from its start where that takes no time; and
where halving was done, the answer says so.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import orjson

from replay.condition import Failures
from replay.fold import Fold
from replay.state_condition import StateCondition
from replay.states.walk import states_from
from replay.story import Story

FOLD_UP_TO = 5_000
"""Events that are folded one by one without a thought: a tenth of a second."""


class How(Enum):
    """How the event was found; the value is its name in JSON."""

    FOLD = "fold"
    HALVING = "halving"


@dataclass(frozen=True, slots=True)
class Found:
    """The event after which it holds; n = 0 where it holds before the first.

    Attributes:
        how: by fold it is the first one; by halving it is one after which it holds and before
            which it does not, and the first one only where what holds once holds from then on.
    """

    n: int
    how: How


class Question(Protocol):
    """What is asked of each state."""

    @property
    def failures(self) -> Failures:
        """Of how many states it could not be said; it holds of none of them."""
        ...

    @property
    def may_be_halved(self) -> bool:
        """Whether it can be such that what holds once holds from then on."""
        ...

    def holds(self, n: int, state: bytes) -> bool:
        """Whether it holds of the state after `n` events."""
        ...


class WhenTrue:
    """A condition becomes true."""

    def __init__(self, story: Story, condition: StateCondition) -> None:
        self._story = story
        self._condition = condition
        self.may_be_halved = condition.is_of_the_state_alone
        self.failures = condition.failures

    def holds(self, n: int, state: bytes) -> bool:
        """See `Question`."""
        event = self._story.events[n - 1].event if n else None
        value = orjson.loads(state)
        return self._condition.matches(value, self._story.aggregate, n=n, event=event)


class WhenBroken:
    """A rule of the reducer's `check` breaks: the one of this name, or any where none is named."""

    may_be_halved = True

    def __init__(self, fold: Fold, rule: str | None = None) -> None:
        self._fold = fold
        self._rule = rule
        self.failures = Failures()

    def holds(self, n: int, state: bytes) -> bool:
        """See `Question`."""
        checked = self._fold.reducer.checked(state)
        self.failures.asked += 1
        if checked.failure is not None:
            self.failures.note(f"#{n}", f"the check itself failed: {checked.failure}")
            return False
        self.failures.told += 1
        return bool(checked.broken) if self._rule is None else self._rule in checked.broken


def first_after(fold: Fold, question: Question, *, linear: bool = False) -> Found | None:
    """Where it begins to hold, or None where it holds of no state; `linear` forbids halving.

    That it never holds is only said when every state was looked at.
    """
    if not linear and len(fold) > FOLD_UP_TO and question.may_be_halved:
        found = _by_halving(fold, question)
        if found is not None:
            return Found(found, How.HALVING)
    found = _by_fold(fold, question)
    return None if found is None else Found(found, How.FOLD)


def _by_fold(fold: Fold, question: Question) -> int | None:
    for n, state in states_from(fold, 0):
        if question.holds(n, state):
            return n
    return None


def _by_halving(fold: Fold, question: Question) -> int | None:
    """None where it does not hold at the end, so that there is nothing to halve."""

    def holds(n: int) -> bool:
        return question.holds(n, fold.state_bytes(n))

    if holds(0):
        return 0
    if not holds(len(fold)):
        return None
    before, after = 0, len(fold)
    while after - before > 1:
        middle = (before + after) // 2
        if holds(middle):
            after = middle
        else:
            before = middle
    return after
