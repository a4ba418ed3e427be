"""A letter as it can be mended: what it lacks comes from its original; what is kept, and what not.

Commands and screens mend the same content, and forget the same edits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from readers.errors import UsageError
from readers.record import Record
from readers.source import Source
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.ledger import Ledger
from replay.deadletters.letter import DeadLetter
from replay.deadletters.mending import own_content
from replay.deadletters.originals import Found, find_original
from replay.deadletters.republish.plan import Mended
from replay.deadletters.republish.stripping import is_stale


@dataclass(frozen=True, slots=True)
class Mendable:
    """A letter to mend.

    Attributes:
        record: the letter; of a pointer, with the value of its original.
        own: what is sent of it as it is; `now`: what would be sent before this edit.
    """

    record: Record
    own: Mended
    now: Mended


def find_mendable(
    source: Source, letter: DeadLetter, ledger: Ledger, dialects: Sequence[Dialect] = BUILT_IN
) -> Mendable:
    """The letter, completed as planning completes it.

    A letter that lost its key gets the original's, with the original's headers; where that is not
    found, or is another value by now, it stays without.

    Raises:
        UsageError: it only points to its original, which is not found.
    """
    record, own = letter.record, own_content(letter, dialects)
    if letter.is_pointer or letter.key is None:
        found = find_original(source, letter)
        if isinstance(found, Found):
            original = found.record
            is_same = original.key is not None and original.value == record.value
            if letter.is_pointer or is_same:
                record = record._replace(value=original.value)
                headers = tuple(header for header in original.headers if not is_stale(header[0]))
                own = Mended(original.key, original.value, headers)
        elif letter.is_pointer:
            raise UsageError(f"This letter has no content of its own to edit. {found.why}")
    return Mendable(record, own, ledger.mended(letter.position) or own)


def keep(ledger: Ledger, mendable: Mendable, mended: Mended, *, who: str, at_ms: int) -> bool:
    """Note what is sent instead; False where that is the letter's own: the edit is forgotten."""
    if mended == mendable.own:
        ledger.discard_mend(mendable.record.position, who=who, at_ms=at_ms)
        return False
    ledger.mend(mendable.record, mended, who=who, at_ms=at_ms)
    return True
