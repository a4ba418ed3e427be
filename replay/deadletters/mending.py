"""Mending a letter: its content as one text to edit, and that text as what is sent instead.

Headers that are not sent back (the framework's, and our own) are no part of it. A value stands in
the text byte for byte; what is sent is what was edited, never something parsed and written again.
"""

import base64
import binascii
import difflib
import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence

import orjson

from readers.decoders.chain import decode
from readers.decoders.payload import Json
from readers.errors import UsageError
from readers.record import Header, Record
from replay.changes import Change, changes
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.letter import DeadLetter
from replay.deadletters.provenance import PREFIX
from replay.deadletters.reading import read_letter, recognising
from replay.deadletters.republish.plan import Mended
from replay.deadletters.republish.stripping import headers_back
from replay.event_json import bytes_json

_HEAD = """\
# The letter {position}. Nothing is sent when you save this; what you save is kept, and shown first.
# Key and headers are JSON: "text", null, or {{"base64": "..."}} for bytes that are no text.
# A header is a line of its own; take the line out to remove it, repeat it to have it twice.
# What follows `value:` is the value, as it is. `value: null` is none, a tombstone.
"""
_LOCKED = "# {count} headers of {framework} are left out here: they never go back.\n"
_KEY, _HEADER, _VALUE = "key:", "header ", "value:"


def own_content(letter: DeadLetter, dialects: Sequence[Dialect] = BUILT_IN) -> Mended:
    """What is sent of a letter that nobody mended."""
    return Mended(letter.key, letter.record.value, headers_back(letter, dialects).kept)


def document_of(
    record: Record, mended: Mended | None = None, dialects: Sequence[Dialect] = BUILT_IN
) -> str:
    """A letter as a text to edit: as it was mended, or as it is."""
    letter = read_letter(record, dialects)
    content = mended or own_content(letter, dialects)
    head = _HEAD.format(position=_shown(str(record.position)))
    locked = len(headers_back(letter, dialects).stripped)
    if locked:
        framework = f"{letter.framework or 'its framework'} and kstory"
        head += _LOCKED.format(count=locked, framework=framework)
    return head + _content_text(content)


def mended_from(text: str, record: Record, dialects: Sequence[Dialect] = BUILT_IN) -> Mended:
    """What an edited text says.

    A line break that an editor added at the end, or line ends that it turned into its own, are put
    back as they were.

    Raises:
        UsageError: it cannot be read, or not be sent; the text says where and why.
    """
    return checked(_read(text, record), record, dialects)


def checked(mended: Mended, record: Record, dialects: Sequence[Dialect] = BUILT_IN) -> Mended:
    """The same, if it can be sent instead of the letter.

    Raises:
        UsageError: it cannot: a header is a framework's, or a value is JSON no more.
    """
    owners = tuple(recognising(record, dialects))
    for name, _ in mended.headers:
        if name.startswith(PREFIX) or any(owner.owns(name) for owner in owners):
            raise UsageError(
                f"The header {name!r} cannot be set: it is {_owner(name, record, dialects)}'s own, "
                "and is never sent back."
            )
    _check_value(mended.value, record)
    return mended


def warnings(mended: Mended, record: Record, dialects: Sequence[Dialect] = BUILT_IN) -> list[str]:
    """What a person should know before such a letter is sent, a sentence each."""
    own = own_content(read_letter(record, dialects), dialects)
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
    old, new = (_without_comments(text).splitlines() for text in (before, after))
    lines = difflib.unified_diff(old, new, lineterm="", n=2)
    return (line for line in lines if not line.startswith(("---", "+++")))


def bytes_of_json(value: Json) -> bytes | None:
    """What `"text"`, `null` and `{"base64": "…"}` mean.

    Raises:
        ValueError: it is none of them.
    """
    match value:
        case None:
            return None
        case str():
            return value.encode("utf-8")
        case {"base64": str(encoded), **rest} if not rest:
            return base64.b64decode(encoded, validate=True)
        case _:
            raise ValueError('write "text", null, or {"base64": "..."}')


def _content_text(content: Mended) -> str:
    lines = [f"{_KEY} {_json_text(content.key)}\n"]
    lines += [f"{_HEADER}{_json_str(n)}: {_json_text(v)}\n" for n, v in content.headers]
    value = bytes_json(content.value)
    if isinstance(value, str):
        return f"{''.join(lines)}{_VALUE}\n{value}"
    return f"{''.join(lines)}{_VALUE} {json.dumps(value)}\n"


def _json_text(raw: bytes | None) -> str:
    value = bytes_json(raw)
    return _json_str(value) if isinstance(value, str) else json.dumps(value)


def _json_str(text: str) -> str:
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _shown(text: str) -> str:
    return text if text.isprintable() else _json_str(text)


def _without_comments(text: str) -> str:
    lines = text.splitlines(keepends=True)
    while lines and lines[0].startswith("#"):
        del lines[0]
    return "".join(lines)


def _read(text: str, record: Record) -> Mended:
    keys: list[bytes | None] = []
    headers: list[Header] = []
    at = 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        at += len(line)
        said = line.strip()
        if said.startswith(_KEY):
            keys.append(_json_bytes(said.removeprefix(_KEY), number))
        elif said.startswith(_HEADER):
            headers.append(_header(said.removeprefix(_HEADER), number))
        elif said.startswith(_VALUE):
            value = _value(said.removeprefix(_VALUE), text[at:], record, number)
            return Mended(_one_key(keys), value, tuple(headers))
        elif said and not said.startswith("#"):
            raise UsageError(f"Line {number} is no key:, header or value: line; see the comments.")
    raise UsageError("There is no value: line; write `value: null` where there is no value.")


def _one_key(keys: Sequence[bytes | None]) -> bytes | None:
    if len(keys) != 1:
        raise UsageError(
            f"There are {len(keys)} key: lines above the value, and it takes one; write `key: null`"
            " where there is no key."
        )
    return keys[0]


def _header(said: str, number: int) -> Header:
    try:
        name, end = json.JSONDecoder().raw_decode(said)
    except ValueError as error:
        raise UsageError(f'Line {number}: write a header as header "name": "value".') from error
    rest = said[end:].lstrip()
    if not isinstance(name, str) or not rest.startswith(":"):
        raise UsageError(f'Line {number}: write a header as header "name": "value".')
    return name, _json_bytes(rest[1:], number)


def _json_bytes(said: str, number: int) -> bytes | None:
    try:
        return bytes_of_json(json.loads(said))
    except UnicodeEncodeError as error:
        raise UsageError(f"Line {number} holds half a character, which is no UTF-8.") from error
    except binascii.Error as error:
        raise UsageError(f"Line {number}: the base64 cannot be read: {error}.") from error
    except ValueError as error:
        raise UsageError(f"Line {number} cannot be read: {error}.") from error


def _value(said: str, rest: str, record: Record, number: int) -> bytes | None:
    """The value that stands on the line itself, or, where nothing does, below it."""
    if said.strip():
        if rest.strip():
            raise UsageError(
                f"Line {number} holds a value, and there is more below it; leave only one of them."
            )
        return _json_bytes(said, number)
    try:
        return _as_it_ended(rest.encode("utf-8"), record.value)
    except UnicodeEncodeError as error:
        raise UsageError("The value holds half a character, which is no UTF-8.") from error


def _as_it_ended(value: bytes, before: bytes | None) -> bytes:
    """What an editor did to line ends is undone."""
    before = before or b""
    if before.count(b"\r\n") == before.count(b"\n") > 0 and b"\r" not in value:
        value = value.replace(b"\n", b"\r\n")
    for end in (b"\r\n", b"\n"):
        if value.endswith(end) and not before.endswith(b"\n"):
            return value.removesuffix(end)
    return value


def _check_value(value: bytes | None, record: Record) -> None:
    was = decode(record)
    if value is None or was.encoding != "json" or record.value is None:
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
