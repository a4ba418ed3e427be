"""Which letters a plan has to itself while it sends them, and for how long after."""

import json
import sqlite3
from collections.abc import Collection

from readers.errors import KstoryError
from readers.record import Position

_CLAIMED = """
    SELECT place, plan_id, TRUE FROM claims JOIN in_flight ON in_flight.id = in_flight_id
    WHERE plan_id != :plan AND place IN (SELECT value FROM json_each(:places))
    UNION ALL
    SELECT letter, plan_id, FALSE FROM entries
    WHERE outcome = 'republished' AND plan_id != :plan AND at_ms >= :since AND (
        letter IN (SELECT value FROM json_each(:places))
        OR origin IN (SELECT value FROM json_each(:places)))
    LIMIT 1
"""


class Claimed(KstoryError):
    """Another plan is sending a letter, or has sent it; nothing was begun."""


def check_unclaimed(
    connection: sqlite3.Connection, plan_id: str, places: Collection[Position], since_ms: int
) -> None:
    """See that no other plan has begun these places, or sent them at `since_ms` or later.

    Raises:
        Claimed: one has.
    """
    asked = {"plan": plan_id, "places": listed(places), "since": since_ms}
    found = connection.execute(_CLAIMED, asked).fetchone()
    if found is None:
        return
    place, other, is_open = found
    if is_open:
        raise Claimed(
            f"{place} is being sent by the plan {other}, or that was cut off while sending it; "
            "apply that plan again first."
        )
    raise Claimed(f"{place} was sent by the plan {other} after this one was made; make a new plan.")


def listed(places: Collection[Position]) -> str:
    """Positions as a parameter of SQLite's `json_each`."""
    return json.dumps([str(place) for place in places])
