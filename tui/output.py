"""What commands print: results on stdout, everything else on stderr; nothing a terminal obeys."""

import sys
from collections.abc import Iterable
from typing import BinaryIO

import orjson

from tui.render.safe_text import escape_json_controls, visible

_JSON_OPTIONS = orjson.OPT_APPEND_NEWLINE


def print_json(*documents: object) -> None:
    """Each document on a line of its own, at once."""
    write_bytes(b"".join(map(json_bytes, documents)))


def json_bytes(document: object) -> bytes:
    """A JSON line in which no character can act on a terminal."""
    return escape_json_controls(orjson.dumps(document, option=_JSON_OPTIONS))


def print_lines(lines: Iterable[str]) -> None:
    """Lines of text for a person, each made safe."""
    text = "".join(f"{visible(line)}\n" for line in lines)
    write_bytes(text.encode("utf-8", "backslashreplace"))


def note(text: str) -> None:
    """Something a person should know, beside the result."""
    _write(sys.stderr.buffer, f"{visible(text)}\n".encode("utf-8", "backslashreplace"))


def write_bytes(data: bytes) -> None:
    """Bytes that are safe already, to stdout, at once."""
    _write(sys.stdout.buffer, data)


def _write(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)
    stream.flush()
