"""Where in a record a fact lies: its key, a header, or a place in its payload."""

from dataclasses import dataclass
from typing import Literal

from readers.decoders.payload import Json, Payload
from readers.errors import UsageError
from readers.record import Record

Place = Literal["key", "header", "value"]
_HEX = "hex:"


@dataclass(frozen=True, slots=True)
class Locator:
    """One place to look: `key`, `header:NAME`, or `value.PATH` with dots between the names."""

    place: Place
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.place == "header":
            return f"header:{self.path[0]}"
        return ".".join((self.place, *self.path))

    @classmethod
    def parse(cls, text: str) -> "Locator":
        """Read a locator as it stands in a configuration.

        Raises:
            UsageError: the text names no place.
        """
        if text == "key":
            return cls("key")
        kind, _, name = text.partition(":")
        if kind == "header" and name:
            return cls("header", (name,))
        first, *path = text.split(".")
        if first == "value" and path and all(path):
            return cls("value", tuple(path))
        raise UsageError(
            f"{text!r} names no place in a record; write key, header:NAME or value.PATH."
        )

    def bytes_in(self, record: Record) -> bytes | None:
        """The raw bytes of a key or header; None where they are absent or lie in the value."""
        if self.place == "key":
            return record.key
        if self.place == "header":
            name = self.path[0]
            # The last one of a repeated name counts, as for Kafka's own clients.
            return next((value for n, value in reversed(record.headers) if n == name), None)
        return None

    def text_in(self, record: Record, payload: Payload) -> str | None:
        """The fact as text; None where it is absent, or is no text, number or truth value."""
        if self.place == "value":
            return text_at(payload.value, self.path)
        raw = self.bytes_in(record)
        return None if raw is None else text_of_bytes(raw)


def text_at(value: Json | bytes, path: tuple[str, ...]) -> str | None:
    """The text, number or truth value at the end of a path of names, as text; else None."""
    return _as_text(_descend(value, path))


def text_of_bytes(raw: bytes) -> str:
    """UTF-8 text, or `hex:…` where the bytes are none or could be taken for that form."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return f"{_HEX}{raw.hex()}"
    return f"{_HEX}{raw.hex()}" if text.startswith(_HEX) else text


def bytes_of_text(text: str) -> bytes:
    """The bytes that `text_of_bytes` shows as this text.

    Raises:
        UsageError: it begins with `hex:` and what follows are no hexadecimal digits.
    """
    if not text.startswith(_HEX):
        return text.encode("utf-8", "surrogateescape")
    try:
        return bytes.fromhex(text.removeprefix(_HEX))
    except ValueError as error:
        raise UsageError(
            f"{text!r} needs an even number of hexadecimal digits after hex:."
        ) from error


def _descend(value: Json | bytes, path: tuple[str, ...]) -> Json | bytes:
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def _as_text(value: Json | bytes) -> str | None:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return None
