"""The frameworks whose dead letters are told by header names alone, a table entry each."""

from replay.deadletters.dialects import codecs
from replay.deadletters.dialects.headers import Column, Field, HeaderDialect, RecordTime

CONNECT = HeaderDialect(
    "connect",
    {
        "__connect.errors.topic": Column(Field.TOPIC, codecs.name),
        "__connect.errors.partition": Column(Field.PARTITION, codecs.decimal),
        "__connect.errors.offset": Column(Field.OFFSET, codecs.decimal),
        "__connect.errors.connector.name": Column(Field.GROUP, codecs.connector_group),
        "__connect.errors.exception.class.name": Column(Field.EXCEPTION, codecs.text),
        "__connect.errors.exception.message": Column(Field.MESSAGE, codecs.text),
        "__connect.errors.exception.stacktrace": Column(Field.STACK, codecs.text),
    },
    sure=(frozenset({"__connect.errors.topic", "__connect.errors.exception.class.name"}),),
    likely=(
        frozenset({"__connect.errors.topic"}),
        frozenset({"__connect.errors.exception.class.name"}),
    ),
    record_time=RecordTime.ORIGIN,
    prefixes=("__connect.errors.",),
)

STREAMS = HeaderDialect(
    "streams",
    {
        "__streams.errors.topic": Column(Field.TOPIC, codecs.name),
        "__streams.errors.partition": Column(Field.PARTITION, codecs.decimal),
        "__streams.errors.offset": Column(Field.OFFSET, codecs.decimal),
        "__streams.errors.exception": Column(Field.EXCEPTION, codecs.text),
        "__streams.errors.message": Column(Field.MESSAGE, codecs.text),
        "__streams.errors.stacktrace": Column(Field.STACK, codecs.text),
    },
    sure=(frozenset({"__streams.errors.exception"}),),
    likely=(frozenset({"__streams.errors.topic"}),),
    record_time=RecordTime.ORIGIN,
    prefixes=("__streams.errors.",),
)

TABLE = (CONNECT, STREAMS)
