"""Text and plain bytes: what every value is when it is nothing else."""

from readers.decoders.payload import Payload
from readers.record import Record


class TextDecoder:
    """UTF-8 text, or the bytes as they are. It knows every value."""

    def decode(self, record: Record) -> Payload:
        """The value as text, as bytes, or as the null it is."""
        raw = record.value
        if raw is None:
            return Payload(None, "null")
        try:
            return Payload(raw.decode("utf-8"), "text")
        except UnicodeDecodeError:
            return Payload(raw, "bytes")
