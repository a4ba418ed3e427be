"""What commands print: results on stdout, everything else on stderr; nothing a terminal obeys."""

import sys
from collections.abc import Iterable
from typing import BinaryIO

import orjson

from readers.errors import KstoryError
from tui.render.safe_text import escape_json_controls, visible


class ReaderGone(Exception):
    """Whoever read our output has left, as `head` does: no failure, and nothing to say."""


class OutputFailed(KstoryError):
    """The output could not be written."""


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
    """Something a person should know, beside the result; silent where stderr is closed."""
    if sys.stderr is not None:
        _write(sys.stderr.buffer, f"{visible(text)}\n".encode("utf-8", "backslashreplace"))


def write_bytes(data: bytes) -> None:
    """Bytes that are safe already, to stdout, at once.

    Raises:
        ReaderGone: nobody reads it any more.
        OutputFailed: it cannot be stored, as on a full disk.
    """
    if sys.stdout is None:
        raise ReaderGone
    _write(sys.stdout.buffer, data)


def _write(stream: BinaryIO, data: bytes) -> None:
    try:
        stream.write(data)
        stream.flush()
    except BrokenPipeError as error:
        raise ReaderGone from error  # an OSError would be taken for an exit code by click
    except OSError as error:
        raise OutputFailed(f"The output could not be written: {error.strerror}.") from error
