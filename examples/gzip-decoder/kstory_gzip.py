"""Values that their producer compressed with gzip: what is in them is decoded in its own format."""

import zlib
from dataclasses import replace

from readers.decoders.json import JsonDecoder
from readers.decoders.payload import Payload
from readers.decoders.text import TextDecoder
from readers.record import Record

MAGIC = b"\x1f\x8b"
MAX_BYTES = 16 * 1024 * 1024
"""A few kilobytes can hold gigabytes of zeros: what is larger than this is left compressed."""
_GZIP = 16 + zlib.MAX_WBITS


class GzipDecoder:
    """One format; kstory asks it for every record, so the first look has to be a cheap one."""

    def decode(self, record: Record) -> Payload | None:
        """The value decompressed; None where it is no gzip."""
        if record.value is None or not record.value.startswith(MAGIC):
            return None
        inflater = zlib.decompressobj(_GZIP)
        try:
            value = inflater.decompress(record.value, MAX_BYTES)
        except zlib.error as error:
            return Payload(record.value, "gzip", f"not gzip: {error}")
        if not inflater.eof:
            return Payload(record.value, "gzip", f"cut off, or larger than {MAX_BYTES:,} bytes")
        inner = record._replace(value=value)
        payload = JsonDecoder().decode(inner) or TextDecoder().decode(inner)
        return replace(payload, encoding=f"gzip+{payload.encoding}")
