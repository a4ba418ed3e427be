"""Dead letters, their groups and what became of them, in the JSON forms of `kstory dlq`."""

from collections.abc import Sequence

from replay.changes import Absent, Change
from replay.deadletters.aftermath import Aftermath
from replay.deadletters.fate import Fate, Outcome
from replay.deadletters.groups.group import Group
from replay.deadletters.history import KeptPlans
from replay.deadletters.ledger import Entry, Mend
from replay.deadletters.letter import DeadLetter, Hop, Origin
from replay.deadletters.republish.plan import Mended
from replay.event import Event
from replay.event_json import bytes_json, rfc3339
from tui.render.record_json import event_document


def letter_document(letter: DeadLetter, event: Event, group: str, fate: Fate) -> dict[str, object]:
    """A letter: its record as any record is shown, and what its framework tells.

    `event` is the letter's own, with the original's key.
    """
    last = letter.last
    return event_document(event) | {
        "framework": letter.framework,
        "confidence": letter.confidence.value,
        "origin": origin_document(letter.origin),
        "consumer_group": last.consumer_group,
        "exception": last.failure.exception,
        "cause": last.failure.cause,
        "message": last.failure.message,
        "stack": last.failure.stack,
        "attempts": last.attempts,
        "hops": [hop_document(hop) for hop in letter.hops],
        "is_pointer": letter.is_pointer,
        "group": group,
        "fate": fate.outcome.value,
    }


def origin_document(origin: Origin) -> dict[str, object]:
    """Where a record failed; what is not told is null."""
    return {
        "topic": origin.topic,
        "partition": origin.partition,
        "offset": origin.offset,
        "timestamp": rfc3339(origin.timestamp_ms),
    }


def hop_document(hop: Hop) -> dict[str, object]:
    """One failure on a letter's way."""
    return {
        "origin": origin_document(hop.origin),
        "consumer_group": hop.consumer_group,
        "exception": hop.failure.exception,
        "cause": hop.failure.cause,
        "message": hop.failure.message,
        "stack": hop.failure.stack,
        "attempts": hop.attempts,
        "failed_at": rfc3339(hop.failed_at_ms),
    }


def entry_document(entry: Entry) -> dict[str, object]:
    """An entry of the ledger."""
    return {
        "at": rfc3339(entry.at_ms),
        "who": entry.who,
        "outcome": entry.outcome.value,
        "letter": str(entry.letter),
        "origin": None if entry.origin is None else str(entry.origin),
        "target": None if entry.target is None else str(entry.target),
        "plan": entry.plan_id,
        "seq": entry.seq,
        "reason": entry.reason,
    }


def noted_document(noted: Entry | Mend, cluster: str, plans: KeptPlans) -> dict[str, object]:
    """A line of the ledger's history, with where it was noted and what its plan tells.

    `edited` are the hashes of the whole letter, before and after the edit that was made, or that it
    was sent with.
    """
    if isinstance(noted, Mend):
        document, sha256 = _mend_document(noted), None
    else:
        document, sha256 = entry_document(noted), plans.sha256(noted)
    edit = noted if isinstance(noted, Mend) else plans.edit(noted)
    edited = None
    if edit is not None and edit.mended is not None:
        edited = {"before": edit.before, "after": edit.after}
    return document | {"cluster": cluster, "plan_sha256": sha256, "edited": edited}


def outcome_of(noted: Entry | Mend) -> str:
    """What was done, or happened, in a word."""
    if isinstance(noted, Mend):
        return "edit-discarded" if noted.mended is None else "edited"
    return noted.outcome.value


def _mend_document(mend: Mend) -> dict[str, object]:
    told = {
        "at": rfc3339(mend.at_ms),
        "who": mend.who,
        "outcome": outcome_of(mend),
        "letter": str(mend.letter),
    }
    return told | dict.fromkeys(("origin", "target", "plan", "seq", "reason"))


def mended_document(mended: Mended) -> dict[str, object]:
    """What is sent instead of a letter's own."""
    return {
        "key": bytes_json(mended.key),
        "value": bytes_json(mended.value),
        "headers": [[name, bytes_json(value)] for name, value in mended.headers],
    }


def aftermath_document(found: Aftermath) -> dict[str, object]:
    """Two states of the letter's aggregate; `complete` says whether they are known to be exact."""
    return {
        "aggregate": found.story.aggregate,
        "reducer": found.story.fold.reducer.name,
        "when_it_failed": found.when,
        "n": found.n,
        "now": found.now,
        "changed": [change_document(change) for change in found.changed],
        "events_since": found.since,
        "newly_broken": list(found.newly_broken),
        "complete": found.story.complete,
    }


def change_document(change: Change) -> dict[str, object]:
    """One changed place: what is not there before or after has no such name."""
    sides = {"before": change.before, "after": change.after}
    told = {name: value for name, value in sides.items() if not isinstance(value, Absent)}
    return {"pointer": change.pointer, **told}


def group_document(group: Group) -> dict[str, object]:
    """A kind of failure."""
    kind = group.fingerprint
    return {
        "id": kind.id,
        "version": kind.version,
        "exception": kind.exception,
        "frame": kind.frame,
        "message": kind.message,
        "why": list(kind.why),
        "count": group.count,
        "copies": group.copies,
        "came_back": group.came_back,
        "first": rfc3339(group.first_ms),
        "last": rfc3339(group.last_ms),
        "topics": list(group.topics),
        "origins": list(group.origins),
        "consumer_groups": list(group.consumer_groups),
        "keys": group.keys,
        "aggregates": group.aggregates,
        "at_least": group.at_least,
        "rate": list(group.rate),
        "sample": str(group.sample),
        "fates": fates_document(group),
    }


def fates_document(group: Group) -> dict[str, int]:
    """How many letters had which outcome; all of them are named."""
    return {outcome.value: group.fates.get(outcome, 0) for outcome in Outcome}


def groups_document(
    groups: Sequence[Group], *, total: int, origins: int, undecided: int
) -> dict[str, object]:
    """All kinds of failures; `undecided` are the letters of which nothing tells why they failed."""
    return {
        "groups": [group_document(group) for group in groups],
        "total": total,
        "origins": origins,
        "undecided": undecided,
    }
