"""A letter's content as lines of text, and back: key and headers as JSON, the value as it is."""

import base64
import binascii
import json
from collections.abc import Sequence

from readers.decoders.payload import Json
from readers.errors import UsageError
from readers.record import Header
from replay.deadletters.republish.plan import Mended
from replay.event_json import bytes_json

_KEY, _HEADER, _VALUE = "key:", "header ", "value:"


def content_text(content: Mended) -> str:
    """A line for the key, one for each header, and then the value, which ends the text."""
    lines = [f"{_KEY} {_json_text(content.key)}\n"]
    lines += [f"{_HEADER}{_json_str(n)}: {_json_text(v)}\n" for n, v in content.headers]
    value = bytes_json(content.value)
    if isinstance(value, str):
        return f"{''.join(lines)}{_VALUE}\n{value}"
    return f"{''.join(lines)}{_VALUE} {json.dumps(value)}\n"


def read_content(text: str, before: bytes | None) -> Mended:
    """What a text says; `before` is the value as it was, by which line ends are put back.

    Raises:
        UsageError: it cannot be read; the text says where and why.
    """
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
            value = _value(said.removeprefix(_VALUE), text[at:], before, number)
            return Mended(_one_key(keys), value, tuple(headers))
        elif said and not said.startswith("#"):
            raise UsageError(f"Line {number} is no key:, header or value: line; see the comments.")
    raise UsageError("There is no value: line; write `value: null` where there is no value.")


def without_comments(text: str) -> str:
    """The text without the lines on top that are not read."""
    lines = text.splitlines(keepends=True)
    while lines and lines[0].startswith("#"):
        del lines[0]
    return "".join(lines)


def on_one_line(text: str) -> str:
    """The text as it is, or as JSON where it has characters that no line should have."""
    return text if text.isprintable() else _json_str(text)


def _bytes_of_json(value: Json) -> bytes | None:
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


def _json_text(raw: bytes | None) -> str:
    value = bytes_json(raw)
    return _json_str(value) if isinstance(value, str) else json.dumps(value)


def _json_str(text: str) -> str:
    return json.dumps(text, ensure_ascii=not text.isprintable())


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
        return _bytes_of_json(json.loads(said))
    except UnicodeEncodeError as error:
        raise UsageError(f"Line {number} holds half a character, which is no UTF-8.") from error
    except binascii.Error as error:
        raise UsageError(f"Line {number}: the base64 cannot be read: {error}.") from error
    except ValueError as error:
        raise UsageError(f"Line {number} cannot be read: {error}.") from error


def _value(said: str, rest: str, before: bytes | None, number: int) -> bytes | None:
    """The value that stands on the line itself, or, where nothing does, below it."""
    if said.strip():
        if rest.strip():
            raise UsageError(
                f"Line {number} holds a value, and there is more below it; leave only one of them."
            )
        return _json_bytes(said, number)
    try:
        return _as_it_ended(rest.encode("utf-8"), before)
    except UnicodeEncodeError as error:
        raise UsageError("The value holds half a character, which is no UTF-8.") from error


def _as_it_ended(value: bytes, before: bytes | None) -> bytes:
    """What an editor did to line ends is undone."""
    before = before or b""
    if before.count(b"\r\n") == before.count(b"\n") > 0 and b"\r" not in value:
        value = value.replace(b"\n", b"\r\n")
    for end in (b"\n", b"\r"):
        if not value.endswith(end) or before.endswith(end):
            break
        value = value.removesuffix(end)
    return value
