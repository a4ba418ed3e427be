"""Bisect by what someone else says of each state, who may not be able to say: as git bisect does.

An answer from outside is dear, so few are asked for. A state of which nobody can say is passed
over, and what that leaves open is told.
"""

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from replay.fold import Fold


class Verdict(Enum):
    """What is said of a state."""

    GOOD = "good"
    BAD = "bad"
    SKIP = "skip"


Judge = Callable[[int, bytes], Verdict]
"""Given the number of events, and the state after them as JSON bytes."""


@dataclass(frozen=True, slots=True)
class Turned:
    """The event after which the state is bad; 0 where it is before the first.

    Attributes:
        earliest: where it may have become so; before `n` where nothing can be said of some states.
        asked: of how many states it was asked.
    """

    n: int
    earliest: int
    asked: int


def first_bad(fold: Fold, judge: Judge, *, linear: bool = False) -> Turned | None:
    """Where the states turn bad; None where the last one of which something is said is good.

    By halving it is one place where they do, and the first one only where what is bad stays bad;
    `linear` asks of every state from the first on, until one is bad.
    """
    asked = 0

    def verdict(n: int) -> Verdict:
        nonlocal asked
        asked += 1
        return judge(n, fold.state_bytes(n))

    found = _one_by_one(len(fold), verdict) if linear else _by_halving(len(fold), verdict)
    return None if found is None else Turned(*found, asked)


def _one_by_one(last: int, verdict: Callable[[int], Verdict]) -> tuple[int, int] | None:
    good = -1
    for n in range(last + 1):
        match verdict(n):
            case Verdict.BAD:
                return n, good + 1
            case Verdict.GOOD:
                good = n
            case Verdict.SKIP:
                pass
    return None


def _by_halving(last: int, verdict: Callable[[int], Verdict]) -> tuple[int, int] | None:
    bad = _bad_at_the_end(last, verdict)
    if bad is None:
        return None
    first = verdict(0) if bad else Verdict.BAD
    if first is Verdict.BAD:
        return 0, 0
    known = [0, bad] if first is Verdict.GOOD else [-1, 0, bad]
    while (n := _middle(known)) is not None:
        match verdict(n):
            case Verdict.BAD:
                known = [*(k for k in known if k < n), n]
            case Verdict.GOOD:
                known = [n, *(k for k in known if k > n)]
            case Verdict.SKIP:
                insort(known, n)
    return known[-1], known[0] + 1


def _bad_at_the_end(last: int, verdict: Callable[[int], Verdict]) -> int | None:
    """The last state of which something is said, if it is bad."""
    for n in range(last, -1, -1):
        match verdict(n):
            case Verdict.BAD:
                return n
            case Verdict.GOOD:
                return None
            case Verdict.SKIP:
                pass
    return None


def _middle(known: list[int]) -> int | None:
    """Of the widest gap between those that were asked for; None where nothing is between them."""
    before, after = max(pairwise(known), key=lambda gap: gap[1] - gap[0])
    return (before + after) // 2 if after - before > 1 else None
