"""What a ledger holds: entries, letters in flight, and mended ones; and each as a row of SQLite."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern

from readers.packed_headers import unpack_headers
from readers.record import Position, TopicPartition
from replay.deadletters.fate import Fate, Outcome
from replay.deadletters.letter import DeadLetter
from replay.deadletters.republish.plan import Mended

ENTRY_COLUMNS = (
    "at_ms, who, outcome, letter, origin, target, plan_id, seq, reason, content, consumer_group"
)
FATE_COLUMNS = "at_ms, who, outcome, letter, origin, target, plan_id, reason, consumer_group"
IN_FLIGHT_COLUMNS = "id, at_ms, who, seqs, ends"
MEND_COLUMNS = "at_ms, who, discarded, before, after, key, value, headers"
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done with a letter, or happened to it.

    Attributes:
        who: `user@host`.
        target: where a republished one lies now, or one that came back.
        plan_id, seq: of the plan that sent it. A plan's letter is noted once for each outcome.
        reason: why it was done, as the person said.
        content: of `content_hash`, by which a letter is known whose framework keeps neither its
            headers nor its origin.
        consumer_group: that failed with the letter, of what a person said; None where it is not
            told, and of what was sent.
    """

    at_ms: int
    who: str
    outcome: Outcome
    letter: Position
    origin: Position | None = None
    target: Position | None = None
    plan_id: str | None = None
    seq: int | None = None
    reason: str | None = None
    content: str | None = None
    consumer_group: str | None = None


@dataclass(frozen=True, slots=True)
class InFlight:
    """Letters of a plan that may or may not have been sent: noted before, not yet settled.

    Attributes:
        seqs: in the order of sending.
        ends: where each of their targets ended before; what was sent lies from there on.
    """

    id: int
    plan_id: str
    at_ms: int
    who: str
    seqs: tuple[int, ...]
    ends: Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True)
class Mend:
    """A letter's content as someone edited it; `mended` None takes what was before it back.

    Attributes:
        before, after: SHA-256 of the whole letter, in hex; None where it was taken back.
    """

    at_ms: int
    who: str
    letter: Position
    mended: Mended | None
    before: str | None
    after: str | None


def verdict(letter: DeadLetter, outcome: Outcome, *, who: str, at_ms: int, reason: str) -> Entry:
    """What a person says of a letter."""
    return Entry(
        at_ms,
        who,
        outcome,
        letter.position,
        letter.origin.position,
        reason=reason,
        consumer_group=letter.last.consumer_group,
    )


def entry_row(entry: Entry) -> tuple[object, ...]:
    """The values of `ENTRY_COLUMNS`."""
    return (
        entry.at_ms,
        entry.who,
        entry.outcome.value,
        str(entry.letter),
        None if entry.origin is None else str(entry.origin),
        None if entry.target is None else str(entry.target),
        entry.plan_id,
        entry.seq,
        entry.reason,
        entry.content,
        entry.consumer_group,
    )


def entry_of(row: tuple[object, ...]) -> Entry:
    """What `entry_row` was given; texts that many entries share are kept once."""
    at_ms, who, outcome, letter, origin, target, plan_id, seq, reason, content, group = row
    return Entry(
        int(str(at_ms)),
        intern(str(who)),
        _OUTCOMES[str(outcome)],
        _position(str(letter)),
        None if origin is None else _position(str(origin)),
        None if target is None else _position(str(target)),
        None if plan_id is None else intern(str(plan_id)),
        None if seq is None else int(str(seq)),
        None if reason is None else intern(str(reason)),
        None if content is None else str(content),
        None if group is None else intern(str(group)),
    )


def fate_of_row(row: tuple[object, ...]) -> tuple[Fate, Position, Position | None]:
    """What `FATE_COLUMNS` say: a letter's fate, the letter, and its origin."""
    at_ms, who, outcome, letter, origin, target, plan_id, reason, group = row
    fate = Fate(
        _OUTCOMES[str(outcome)],
        int(str(at_ms)),
        intern(str(who)),
        None if reason is None else intern(str(reason)),
        None if plan_id is None else intern(str(plan_id)),
        None if target is None else _position(str(target)),
        None if group is None else intern(str(group)),
    )
    return fate, _position(str(letter)), None if origin is None else _position(str(origin))


def in_flight_of(plan_id: str, row: tuple[object, ...]) -> InFlight:
    """A note of what was begun, from the values of `IN_FLIGHT_COLUMNS`."""
    number, at_ms, who, seqs, ends = row
    return InFlight(
        int(str(number)),
        plan_id,
        int(str(at_ms)),
        str(who),
        tuple(json.loads(str(seqs))),
        {TopicPartition(topic, part): end for topic, part, end in json.loads(str(ends))},
    )


def _position(text: str) -> Position:
    """What `str(position)` wrote; a quarter of the time that reading what a person typed takes."""
    topic, _, place = text.rpartition(":")
    partition, _, offset = place.partition("@")
    return Position(intern(topic), int(partition), int(offset))


def mend_of(row: tuple[object, ...]) -> Mend:
    """An edit, from its letter and the values of `MEND_COLUMNS`."""
    letter, at_ms, who, discarded, before, after, key, value, headers = row
    mended = None
    if not discarded:
        mended = Mended(_bytes(key), _bytes(value), unpack_headers(_bytes(headers)))
    return Mend(
        int(str(at_ms)),
        str(who),
        _position(str(letter)),
        mended,
        None if before is None else str(before),
        None if after is None else str(after),
    )


def _bytes(blob: object) -> bytes | None:
    return blob if isinstance(blob, bytes) else None
