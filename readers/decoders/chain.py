"""The order in which formats are tried; the first that knows the value decodes it."""

from collections.abc import Sequence

from readers.decoders.json import JsonDecoder
from readers.decoders.payload import Decoder, Payload
from readers.decoders.text import TextDecoder
from readers.record import Record

_TEXT = TextDecoder()
DEFAULT: tuple[Decoder, ...] = (JsonDecoder(),)


def decode(record: Record, decoders: Sequence[Decoder] = DEFAULT) -> Payload:
    """The record's value, decoded by the first decoder that knows it, else as text or bytes."""
    for decoder in decoders:
        payload = decoder.decode(record)
        if payload is not None:
            return payload
    return _TEXT.decode(record)
