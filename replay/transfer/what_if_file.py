"""A world of what if, written into a file because someone asked for it, and marked as none."""

from collections.abc import Iterator
from pathlib import Path

from readers.errors import UsageError
from readers.record import Record
from replay.states.what_if import Changed, World
from replay.transfer.files import format_of, record_file

WHAT_IF = "kstory-what-if"
"""The header that every record of such a file has; it says what was done with the record."""


def write_world(world: World, path: Path) -> int:
    """Write its records, as they would be and in its order, into a new file; how many.

    Positions and times stay what they were. Skipped events are left out.

    Raises:
        UsageError: the file is there already, cannot be written, or its name says no format.
    """
    form = format_of(str(path), None)
    if path.exists():
        raise UsageError(f"{path} is there already; name another file.")
    records = tuple(_records(world))
    with record_file(path, form) as writer:
        writer.write(records)
    return len(records)


def _records(world: World) -> Iterator[Record]:
    for changed in world.events():
        if not changed.is_skipped:
            record = changed.event.record
            yield record._replace(headers=(*record.headers, (WHAT_IF, _said(changed))))


def _said(changed: Changed) -> bytes:
    words = {"edited": changed.is_edited, "moved": changed.is_moved}
    return ", ".join(word for word, is_so in words.items() if is_so).encode() or b"as it was"
