"""Uber's uForwarder: no headers; the record's key is a protobuf message that holds the original's.

The message is `DLQMetadata`, as uForwarder's dlq_metadata.proto has it.
"""

from collections.abc import Mapping
from functools import lru_cache

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.unknown_fields import UnknownFieldSet

from readers.record import Record
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.letter import Confidence, Hop, Origin
from replay.deadletters.topics import FORWARDED

_NS_PER_MS = 1_000_000
_FIELDS = {
    1: ("retry_count", FieldDescriptorProto.TYPE_INT64),
    2: ("topic", FieldDescriptorProto.TYPE_STRING),
    3: ("partition", FieldDescriptorProto.TYPE_INT32),
    4: ("offset", FieldDescriptorProto.TYPE_INT64),
    5: ("timestamp_ns", FieldDescriptorProto.TYPE_INT64),
    6: ("data", FieldDescriptorProto.TYPE_BYTES),
    7: ("timeout_count", FieldDescriptorProto.TYPE_INT64),
}


class UForwarder:
    """Records of its retry and dead-letter topics, `TOPIC__GROUP__retry` and `TOPIC__GROUP__dlq`.

    The key it carries is null where the message has none; an empty one is not written either.
    """

    name = "uforwarder"

    def expects(self, topic: str) -> bool:
        """Whether the topic is named as it names them."""
        return FORWARDED.fullmatch(topic) is not None

    def owns(self, header: str) -> bool:
        """It writes none."""
        return False

    def read(self, record: Record) -> Reading | None:
        """What the key says; None where it is no such message."""
        told = _fields(record.key)
        topic, data = told.get("topic"), told.get("data")
        if not isinstance(topic, str):
            return None
        # Protobuf leaves out a zero.
        counts = {name: value for name, value in told.items() if isinstance(value, int)}
        timestamp_ns = counts.get("timestamp_ns")
        hop = Hop(
            Origin(
                topic,
                counts.get("partition", 0),
                counts.get("offset", 0),
                None if timestamp_ns is None else timestamp_ns // _NS_PER_MS,
            ),
            consumer_group=_group(record.topic, topic),
            attempts=counts.get("retry_count", 0),
        )
        return Reading(Confidence.SURE, (hop,), data if isinstance(data, bytes) else None)


UFORWARDER = UForwarder()


def _group(topic: str, origin: str) -> str | None:
    """The consumer group, which only the topic's name tells."""
    rest = topic.removeprefix(f"{origin}__")
    return None if rest == topic else rest.rpartition("__")[0]


def _fields(key: bytes | None) -> Mapping[str, object]:
    """What is set, by name; nothing where the key is no such message, or says what cannot be."""
    message = _message_class()()
    try:
        message.ParseFromString(key or b"")
    except DecodeError:
        return {}
    fields = {field.name: value for field, value in message.ListFields()}
    is_negative = any(isinstance(value, int) and value < 0 for value in fields.values())
    return {} if is_negative or len(UnknownFieldSet(message)) else fields


@lru_cache
def _message_class() -> type[Message]:
    file = FileDescriptorProto(name="dlq_metadata.proto", syntax="proto2")
    message = file.message_type.add(name="DLQMetadata")
    for number, (name, kind) in _FIELDS.items():
        message.field.add(
            name=name, number=number, type=kind, label=FieldDescriptorProto.LABEL_OPTIONAL
        )
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("DLQMetadata"))
