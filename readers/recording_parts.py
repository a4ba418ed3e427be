"""Which topics of a recording hold only a part of what was written to them, and why.

A recording keeps the account of each run of `kstory record` in its `meta` table, as JSON, under a
name that begins with `recorded:` (made by `replay/transfer/recorder.py`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

ACCOUNT_PREFIX = "recorded:"
_CHOICES = (
    ("keys", "only some of its keys were recorded"),
    ("stream", "only the records of some stories were recorded"),
    ("where", "only the records that a condition holds of were recorded"),
)


def parts_of(accounts: Iterable[str]) -> dict[str, str]:
    """For each topic recorded in part why; one that some run recorded whole is not among them."""
    parts: dict[str, str] = {}
    whole: set[str] = set()
    for text in accounts:
        account = _object(text)
        why = _why(account)
        for topic in account.get("topics") or ():
            name = str(topic.get("topic"))
            if why is None:
                whole.add(name)
            else:
                parts[name] = why
    return {name: why for name, why in parts.items() if name not in whole}


def _why(account: Mapping[str, Any]) -> str | None:
    asked = account.get("asked") or {}
    for name, said in _CHOICES:
        if asked.get(name):
            return said
    return None if account.get("finished") else "its recording was stopped before all was read"


def _object(text: str) -> dict[str, Any]:
    """The account; an empty one where it cannot be read, as in a file from someone else."""
    try:
        account = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return account if isinstance(account, dict) else {}
