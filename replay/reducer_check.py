"""What a reducer does that a reducer must not do, found by folding a story twice and watching."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from replay.fold import Folding, given_of
from replay.reducers.foreign import Returned
from replay.reducers.limits import Limits
from replay.reducers.stepping import NULL, Runner, Stepped, every_state
from replay.reducers.worker import WorkerReducer

FAILS = "it fails"
DIFFERS = "a second process, with sets in another order, comes to another state"
_CALLS = 4
"""A watched reducer is called so often for one event, at most."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a reducer does wrong.

    Attributes:
        n: the first event where it does; 0 is `initial`.
        count: how many events where; for states that differ it is 1.
    """

    says: str
    n: int
    count: int = 1


def check_reducer(
    name: str, aggregate: str, events: Sequence[Folding], limits: Limits
) -> tuple[Finding, ...]:
    """Fold the events in two processes, one of them watched; findings by where they begin.

    Raises:
        UsageError: the reducer does not load.
    """
    patient = Limits(limits.event_s * _CALLS, limits.memory_bytes)
    watched = WorkerReducer(name, patient, examined=True)
    other = WorkerReducer(name, limits, hash_seed=1)
    try:
        found: dict[str, Finding] = {}
        for kind, says, n in _found(watched, other, aggregate, events):
            before = found.get(kind)
            count = 1 if before is None else before.count + 1
            found[kind] = Finding(before.says if before else says, before.n if before else n, count)
        return tuple(found.values())
    finally:
        watched.close()
        other.close()


def _found(
    watched: Runner, other: Runner, aggregate: str, events: Sequence[Folding]
) -> Iterator[tuple[str, str, int]]:
    """Of which kind, what it is, and where, event by event."""
    here, there = (_first(each, aggregate) for each in (watched, other))
    differ = here != there
    if differ:
        yield DIFFERS, DIFFERS, 0
    both = (each.steps(here, map(given_of, events), every_state()) for each in (watched, other))
    hashes = [_hash(here)] * 2
    for n, steps in enumerate(zip(*both, strict=True), 1):
        yield from ((kind, says, n) for kind, says in _said(steps[0]))
        hashes = [_hash(s.after) or was for s, was in zip(steps, hashes, strict=True)]
        if hashes[0] != hashes[1] and not differ:
            differ = True
            yield DIFFERS, DIFFERS, n


def _said(step: Stepped) -> Iterator[tuple[str, str]]:
    if step.error is not None:
        yield FAILS, f"{FAILS}: {step.error}"
    for line in (step.says or "").splitlines():
        yield line, line


def _first(reducer: Runner, aggregate: str) -> bytes:
    first = reducer.first(aggregate)
    return first.value if isinstance(first, Returned) else NULL


def _hash(state: bytes | None) -> bytes | None:
    """None for the state of an event that failed, which is the one before."""
    return None if state is None else blake2b(state, digest_size=16).digest()
