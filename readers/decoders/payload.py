"""What decoding gives: a value, what it was written in, and what went wrong."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from readers.record import Record

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class Payload:
    """A decoded value.

    Attributes:
        value: JSON data for structured formats, `str` for text, `bytes` for what is neither;
            None for a null value (encoding `null`) and for a JSON null (encoding `json`).
        encoding: `json`, `text`, `bytes`, `null`, or a schema format's name.
        error: why it could not be decoded as what it claims to be; `value` then holds the text or
            the bytes themselves, so that nothing is lost.
    """

    value: Json | bytes
    encoding: str
    error: str | None = None


class Decoder(Protocol):
    """One format. Pure: the same record always gives the same payload."""

    def decode(self, record: Record) -> Payload | None:
        """The record's value decoded, or None where it is not of this format."""
        ...
