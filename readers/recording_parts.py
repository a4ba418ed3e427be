"""Which part of what was written to a topic a recording holds, by its own accounts.

A recording keeps the account of each run of `kstory record` in its `meta` table, as JSON, under a
name that begins with `recorded:` (made by `replay/transfer/recorder.py`), and that of each file
that was imported under `imported:` (`replay/transfer/importing.py`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

ACCOUNT_PREFIX = "recorded:"
IMPORT_PREFIX = "imported:"


class RecordedRange(NamedTuple):
    """Of one partition: the offsets that were read, and those that the source had then."""

    partition: int
    start: int
    reached: int
    kept_from: int
    kept_until: int


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """What one run of `kstory record`, or one import, took of a topic.

    Attributes:
        keys: only the records of these, as they were typed; empty is every key.
        of_stories: the keys are aggregates, found as their stream does.
        filtered: only the records that a condition holds of.
        finished: all that was asked for was read.
        lost: what could not be read or is not known, a clause each.
        ranges: ascending; empty where the account does not tell.
    """

    keys: frozenset[str] = frozenset()
    of_stories: bool = False
    filtered: bool = False
    finished: bool = True
    lost: tuple[str, ...] = ()
    ranges: tuple[RecordedRange, ...] = ()


def runs_of(accounts: Iterable[str]) -> dict[str, tuple[RecordedRun, ...]]:
    """For each topic the runs that recorded something of it.

    Raises:
        ValueError: an account is JSON of another shape, so that it is not known what it says.
    """
    runs: defaultdict[str, list[RecordedRun]] = defaultdict(list)
    for text in accounts:
        account = _object(text)
        try:
            for topic in account.get("topics") or ():
                runs[str(topic.get("topic"))].append(_run(account, topic))
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError("it holds an account of another shape") from error
    return {name: tuple(found) for name, found in runs.items()}


def _run(account: Mapping[str, Any], topic: Mapping[str, Any]) -> RecordedRun:
    asked = account.get("asked") or {}
    return RecordedRun(
        keys=frozenset(map(str, asked.get("keys") or ())),
        of_stories=bool(asked.get("stream")) or not asked.get("topics"),
        filtered=bool(asked.get("where")),
        finished=bool(account.get("finished")),
        lost=tuple(str(each).rstrip(".") for each in account.get("lost") or ()),
        ranges=tuple(
            sorted(
                RecordedRange(*(int(part[name]) for name in RecordedRange._fields))
                for part in topic.get("ranges") or ()
            )
        ),
    )


def _object(text: str) -> dict[str, Any]:
    """The account; an empty one where it cannot be read, as in a file from someone else."""
    try:
        account = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return account if isinstance(account, dict) else {}
