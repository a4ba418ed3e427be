"""Headers as bytes, as a recording and a ledger keep them."""

import struct

from readers.record import Header

_LENGTHS = struct.Struct("<Ii")


def pack_headers(headers: tuple[Header, ...]) -> bytes | None:
    """Headers as bytes, in their order; None for none.

    Each is the length of its name (u32) and of its value (i32, -1 for null), little-endian, then
    name and value. A name is UTF-8, its undecodable bytes (surrogate escapes) as they were.
    """
    if not headers:
        return None
    parts = []
    for name, value in headers:
        raw = name.encode("utf-8", "surrogateescape")
        if value is None:
            parts.append(_LENGTHS.pack(len(raw), -1) + raw)
        else:
            parts.append(_LENGTHS.pack(len(raw), len(value)) + raw + value)
    return b"".join(parts)


def unpack_headers(packed: bytes | None) -> tuple[Header, ...]:
    """What `pack_headers` was given.

    Raises:
        ValueError: these bytes were not made by it.
    """
    if packed is None:
        return ()
    headers = []
    at, end = 0, len(packed)
    try:
        while at < end:
            name_length, value_length = _LENGTHS.unpack_from(packed, at)
            value_at = at + 8 + name_length
            at = value_at + max(value_length, 0)
            name = packed[value_at - name_length : value_at].decode("utf-8", "surrogateescape")
            headers.append((name, None if value_length == -1 else packed[value_at:at]))
    except struct.error as error:
        raise ValueError("headers are cut off") from error
    if at != end or value_length < -1:
        raise ValueError("headers have impossible lengths")
    return tuple(headers)
