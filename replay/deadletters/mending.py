"""Mending a letter: its content as one text to edit, and that text as what is sent instead.

Headers that are not sent back (the framework's, and our own) are no part of it. A value stands in
the text byte for byte; what is sent is what was edited, never something parsed and written again.
"""

import difflib
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence

import orjson

from readers.decoders.chain import decode
from readers.errors import UsageError
from readers.record import Record
from replay.changes import Change, changes
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.letter import DeadLetter
from replay.deadletters.mending_text import (
    content_text,
    on_one_line,
    read_content,
    without_comments,
)
from replay.deadletters.provenance import PREFIX
from replay.deadletters.reading import read_letter, recognising
from replay.deadletters.republish.plan import Mended
from replay.deadletters.republish.stripping import headers_back, is_stale
from replay.deadletters.unwrap import innermost

_HEAD = """\
# The letter {position}. Nothing is sent when you save this; what you save is kept, and shown first.
# Key and headers are JSON: "text", null, or {{"base64": "..."}} for bytes that are no text.
# A header is a line of its own; take the line out to remove it, repeat it to have it twice.
# What follows `value:` is the value, as it is. `value: null` is none, a tombstone.
"""
_LOCKED = "# {count} headers of {framework} are left out here: they never go back.\n"


def own_content(letter: DeadLetter, dialects: Sequence[Dialect] = BUILT_IN) -> Mended:
    """What is sent of a letter that nobody mended."""
    return Mended(letter.key, letter.record.value, headers_back(letter, dialects).kept)


def document_of(
    record: Record, mended: Mended | None = None, dialects: Sequence[Dialect] = BUILT_IN
) -> str:
    """A letter as a text to edit: as it was mended, or as it is."""
    letter = read_letter(record, dialects)
    content = mended or own_content(letter, dialects)
    head = _HEAD.format(position=on_one_line(str(record.position)))
    locked = len(headers_back(letter, dialects).stripped)
    if locked:
        framework = f"{letter.framework or 'its framework'} and kstory"
        head += _LOCKED.format(count=locked, framework=framework)
    return head + content_text(content)


def mended_from(text: str, record: Record, dialects: Sequence[Dialect] = BUILT_IN) -> Mended:
    """What an edited text says.

    A line break that an editor added at the end, or line ends that it turned into its own, are put
    back as they were.

    Raises:
        UsageError: it cannot be read, or not be sent; the text says where and why.
    """
    return checked(read_content(text, record.value), record, dialects)


def checked(mended: Mended, record: Record, dialects: Sequence[Dialect] = BUILT_IN) -> Mended:
    """The same, if it can be sent instead of the letter.

    Raises:
        UsageError: it cannot: a header is a framework's, or a value is JSON no more.
    """
    owners = tuple(recognising(record, dialects))
    for name, _ in mended.headers:
        if is_stale(name, owners):
            raise UsageError(
                f"The header {name!r} cannot be set: it is {_owner(name, record, dialects)}'s own, "
                "and is never sent back."
            )
    _check_value(mended.value, record)
    return mended


def warnings(mended: Mended, own: Mended) -> list[str]:
    """What a person should know before this is sent instead of a letter's own, a sentence each."""
    said = []
    if mended.key != own.key:
        said.append(
            "The key is another one: consumers take this for another aggregate's record, and since "
            "it goes to the partition of its origin, its order among that one's is not kept."
        )
    if mended.value is None and own.value is not None:
        said.append("The value is null now: a tombstone, which takes the key's state away.")
    return said


def value_changes(before: Record, after: Mended) -> tuple[Change, ...]:
    """The places of a JSON value that the edit changes; none where either is no JSON."""
    old, new = decode(before), decode(before._replace(value=after.value))
    if old.encoding != "json" or new.encoding != "json":
        return ()
    if isinstance(old.value, bytes) or isinstance(new.value, bytes):
        return ()
    return tuple(changes(old.value, new.value))


def diff_lines(before: str, after: str) -> Iterator[str]:
    """Two texts of `document_of` as a unified diff, without the comments on top; none if alike."""
    old, new = (without_comments(text).splitlines() for text in (before, after))
    lines = difflib.unified_diff(old, new, lineterm="", n=2)
    return (line for line in lines if not line.startswith(("---", "+++")))


def _check_value(value: bytes | None, record: Record) -> None:
    """JSON stays JSON; what a hop wrapped in a JSON string may have been anything."""
    if value is None or record.value is None:
        return
    if decode(record._replace(value=innermost(record.value))).encoding != "json":
        return
    try:
        orjson.loads(value.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise UsageError(
            f"The value was JSON and is none any more: {error.msg} at its line {error.lineno}, "
            f"column {error.colno}."
        ) from error


def _owner(name: str, record: Record, dialects: Sequence[Dialect]) -> str:
    owners = (owner.name for owner in recognising(record, dialects) if owner.owns(name))
    return "kstory" if name.startswith(PREFIX) else next(owners, "the framework")
