"""A record whose header name is not UTF-8, as a client in another language may write it.

No Python client writes one, so this calls the C library inside the client's own package.
"""

import ctypes
from pathlib import Path

import confluent_kafka

_TOPIC, _PARTITION, _VALUE, _FLAGS, _HEADER = 1, 3, 4, 7, 9
_COPY = 2
_PRODUCER = 0


class _Memory(ctypes.Structure):
    _fields_ = (("ptr", ctypes.c_char_p), ("size", ctypes.c_size_t))


class _HeaderField(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("value", ctypes.c_char_p), ("size", ctypes.c_ssize_t))


class _Union(ctypes.Union):
    _fields_ = (
        ("cstr", ctypes.c_char_p),
        ("number", ctypes.c_int),
        ("memory", _Memory),
        ("header", _HeaderField),
        ("padding", ctypes.c_char * 64),
    )


class _Part(ctypes.Structure):
    """rd_kafka_vu_t of rdkafka.h."""

    _fields_ = (("kind", ctypes.c_int), ("u", _Union))


def produce_with_header_names(bootstrap: str, topic: str, *names: bytes) -> None:
    """Append a record with the value `v` and headers of these names to partition 0."""
    library = _library()
    config = library.rd_kafka_conf_new()
    library.rd_kafka_conf_set(config, b"bootstrap.servers", bootstrap.encode(), None, 0)
    client = library.rd_kafka_new(_PRODUCER, config, None, 0)
    headers = [_Part(_HEADER, _Union(header=_HeaderField(name, b"h", 1))) for name in names]
    parts = (_Part * (4 + len(names)))(
        _Part(_TOPIC, _Union(cstr=topic.encode())),
        _Part(_PARTITION, _Union(number=0)),
        _Part(_VALUE, _Union(memory=_Memory(b"v", 1))),
        _Part(_FLAGS, _Union(number=_COPY)),
        *headers,
    )
    assert library.rd_kafka_produceva(client, parts, len(parts)) is None
    assert library.rd_kafka_flush(client, 10_000) == 0
    library.rd_kafka_destroy(client)


def _library() -> ctypes.CDLL:
    package = Path(confluent_kafka.__file__).parent
    (path,) = package.with_name("confluent_kafka.libs").glob("librdkafka-*")
    library = ctypes.CDLL(str(path))
    library.rd_kafka_conf_new.restype = ctypes.c_void_p
    library.rd_kafka_conf_set.argtypes = (
        ctypes.c_void_p,
        *(ctypes.c_char_p,) * 3,
        ctypes.c_size_t,
    )
    library.rd_kafka_new.restype = ctypes.c_void_p
    library.rd_kafka_new.argtypes = (
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_size_t,
    )
    library.rd_kafka_produceva.restype = ctypes.c_void_p
    library.rd_kafka_produceva.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
    library.rd_kafka_flush.argtypes = (ctypes.c_void_p, ctypes.c_int)
    library.rd_kafka_destroy.argtypes = (ctypes.c_void_p,)
    return library
