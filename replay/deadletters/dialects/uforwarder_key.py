"""The key of a record of uForwarder: `DLQMetadata`, as its dlq_metadata.proto has it."""

from collections.abc import Mapping
from functools import lru_cache

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.unknown_fields import UnknownFieldSet

_FIELDS = {
    1: ("retry_count", FieldDescriptorProto.TYPE_INT64),
    2: ("topic", FieldDescriptorProto.TYPE_STRING),
    3: ("partition", FieldDescriptorProto.TYPE_INT32),
    4: ("offset", FieldDescriptorProto.TYPE_INT64),
    5: ("timestamp_ns", FieldDescriptorProto.TYPE_INT64),
    6: ("data", FieldDescriptorProto.TYPE_BYTES),
    7: ("timeout_count", FieldDescriptorProto.TYPE_INT64),
}


def key_fields(key: bytes | None) -> Mapping[str, object]:
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
