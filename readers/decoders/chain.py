"""The order in which formats are tried; the first that knows the value decodes it."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, cast

from readers.decoders.json import JsonDecoder
from readers.decoders.payload import Decoder, Payload
from readers.decoders.text import TextDecoder
from readers.errors import UsageError
from readers.plugins import plugins
from readers.record import Record

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "kstory.decoders"
"""Entry points of other packages' decoders; each names an object, or a class without arguments."""

_TEXT = TextDecoder()
_JSON = JsonDecoder()


def decode(record: Record, decoders: Sequence[Decoder] | None = None) -> Payload:
    """The record's value, decoded by the first decoder that knows it, else as text or bytes.

    Raises:
        UsageError: a decoder that is installed does not load.
    """
    for decoder in all_decoders() if decoders is None else decoders:
        payload = decoder.decode(record)
        if payload is not None:
            return payload
    return _TEXT.decode(record)


@cache
def all_decoders() -> tuple[Decoder, ...]:
    """Those of other packages, by name, then our own: a foreign format may look like one of ours.

    Raises:
        UsageError: one does not load.
    """
    found = sorted(plugins(GROUP), key=lambda entry: entry.name)
    return (*(_Guarded(entry.name, _loaded(entry)) for entry in found), _JSON)


def has_foreign_decoders() -> bool:
    """Whether values may mean something that their bytes do not show."""
    return len(all_decoders()) > 1


class _Guarded:
    """Other people's code: what it raises is an error beside the bytes, for this one record."""

    def __init__(self, name: str, decoder: Decoder) -> None:
        self._name = name
        self._decoder = decoder

    def decode(self, record: Record) -> Payload | None:
        try:
            return self._decoder.decode(record)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is shown on the record
            plain = _TEXT.decode(record)
            said = f"{type(error).__name__}: {error}"
            return Payload(plain.value, plain.encoding, f"the decoder {self._name} failed: {said}")


def _loaded(entry: "EntryPoint") -> Decoder:
    try:
        thing = entry.load()
        return cast(Decoder, thing() if isinstance(thing, type) else thing)
    except Exception as error:
        raise UsageError(
            f"The decoder {entry.name} ({entry.value}) does not load: {error}; "
            "mend or uninstall its package."
        ) from error
