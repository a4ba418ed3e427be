"""The headers that Spring Kafka 3.3 puts on a dead letter, with stack traces like its own.

Names, order, encodings and framework frames are those of records that Spring wrote, with
`DefaultErrorHandler`, `DeadLetterPublishingRecoverer` and `ErrorHandlingDeserializer`.
"""

from dataclasses import dataclass
from functools import lru_cache
from struct import pack

from readers.record import Header, Record

ORIGIN_TOPIC = "kafka_dlt-original-topic"
ORIGIN_OFFSET = "kafka_dlt-original-offset"

_SPRING = "org.springframework.kafka"
_LISTENER_FAILED = f"{_SPRING}.listener.ListenerExecutionFailedException"
_DESERIALIZATION = f"{_SPRING}.support.serializer.DeserializationException"
_CONTAINER = f"{_SPRING}.listener.KafkaMessageListenerContainer$ListenerConsumer"
_JACKSON = "com.fasterxml.jackson"
_FETCH = "org.apache.kafka.clients.consumer"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a record became a dead letter.

    Attributes:
        exception: the class that the listener threw; None where the record could not be read.
        frames: where, the innermost first, in code of the shop's own.
        root: the exception behind it, as its line in the stack trace; "" for none.
    """

    group: str
    exception: str | None
    message: str = ""
    frames: tuple[str, ...] = ()
    root: str = ""


def letter_headers(origin: Record, failure: Failure) -> tuple[Header, ...]:
    """A letter's headers: the origin's, then what failed, then where the origin lies."""
    if failure.exception is None:
        what = _cannot_be_read(origin.topic, len(origin.value or b""))
    else:
        what = (
            ("kafka_dlt-exception-fqcn", _LISTENER_FAILED.encode()),
            ("kafka_dlt-exception-cause-fqcn", failure.exception.encode()),
            ("kafka_dlt-exception-message", f"Listener failed; {failure.message}".encode()),
            ("kafka_dlt-exception-stacktrace", _listener_stack(failure).encode()),
        )
    return (
        *origin.headers,
        *what,
        *_place(origin),
        ("kafka_dlt-original-timestamp", pack(">q", origin.timestamp_ms or 0)),
        ("kafka_dlt-original-timestamp-type", b"CreateTime"),
        ("kafka_dlt-original-consumer-group", failure.group.encode()),
    )


def is_letter_of(record: Record, origin: Record) -> bool:
    """Whether a record is the dead letter of what lies at the origin's position."""
    return all(header in record.headers for header in _place(origin))


def _place(origin: Record) -> tuple[Header, ...]:
    return (
        (ORIGIN_TOPIC, origin.topic.encode()),
        ("kafka_dlt-original-partition", pack(">i", origin.partition)),
        (ORIGIN_OFFSET, pack(">q", origin.offset)),
    )


def _container(*frames: tuple[str, int]) -> tuple[str, ...]:
    return tuple(
        f"{_CONTAINER}.{method}(KafkaMessageListenerContainer.java:{line})"
        for method, line in frames
    )


_THREAD = (
    "java.base/java.util.concurrent.CompletableFuture$AsyncRun.run(CompletableFuture.java:1804)",
    "java.base/java.lang.Thread.run(Thread.java:840)",
)
_AROUND_LISTENER = (
    *_container(
        ("decorateException", 2998),
        ("doInvokeOnMessage", 2901),
        ("invokeOnMessage", 2865),
        ("doInvokeRecordListener", 2777),
        ("doInvokeWithRecords", 2614),
        ("invokeRecordListener", 2503),
        ("invokeListener", 2152),
        ("invokeIfHaveRecords", 1528),
        ("pollAndInvoke", 1466),
        ("run", 1335),
    ),
    *_THREAD,
)


def _listener_stack(failure: Failure) -> str:
    lines = [
        f"{_LISTENER_FAILED}: Listener failed",
        *map(_at, _AROUND_LISTENER),
        f"Caused by: {failure.exception}: {failure.message}",
        *map(_at, failure.frames),
        *map(_at, _container(("doInvokeOnMessage", 2887))),
        "\t... 10 more",
    ]
    if failure.root:
        more = len(failure.frames) + 11
        lines += [f"Caused by: {failure.root}", *map(_at, _SOCKET), f"\t... {more} more"]
    return "\n".join(lines) + "\n"


_SOCKET = (
    "java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)",
    "java.base/sun.nio.ch.NioSocketImpl.implRead(NioSocketImpl.java:314)",
    "java.base/java.net.Socket$SocketInputStream.read(Socket.java:966)",
)
_FETCHING = (
    f"{_SPRING}.support.serializer.SerializationUtils.deserializationException"
    "(SerializationUtils.java:158)",
    f"{_SPRING}.support.serializer.ErrorHandlingDeserializer.deserialize"
    "(ErrorHandlingDeserializer.java:218)",
    "org.apache.kafka.common.serialization.Deserializer.deserialize(Deserializer.java:73)",
    f"{_FETCH}.internals.CompletedFetch.parseRecord(CompletedFetch.java:327)",
    f"{_FETCH}.internals.CompletedFetch.fetchRecords(CompletedFetch.java:284)",
    f"{_FETCH}.internals.FetchCollector.fetchRecords(FetchCollector.java:168)",
    f"{_FETCH}.internals.FetchCollector.collectFetch(FetchCollector.java:134)",
    f"{_FETCH}.internals.Fetcher.collectFetch(Fetcher.java:145)",
    f"{_FETCH}.internals.LegacyKafkaConsumer.pollForFetches(LegacyKafkaConsumer.java:694)",
    f"{_FETCH}.internals.LegacyKafkaConsumer.poll(LegacyKafkaConsumer.java:618)",
    f"{_FETCH}.KafkaConsumer.poll(KafkaConsumer.java:874)",
    *_container(("pollConsumer", 1692), ("doPoll", 1667), ("pollAndInvoke", 1445), ("run", 1335)),
    *_THREAD,
)
_JSON = (
    f"{_SPRING}.support.serializer.JsonDeserializer.deserialize(JsonDeserializer.java:603)",
    f"{_SPRING}.support.serializer.ErrorHandlingDeserializer.deserialize"
    "(ErrorHandlingDeserializer.java:215)",
)
_PARSING = (
    f"{_JACKSON}.core.base.ParserMinimalBase._reportInvalidEOF(ParserMinimalBase.java:642)",
    f"{_JACKSON}.core.json.UTF8StreamJsonParser.nextToken(UTF8StreamJsonParser.java:761)",
    f"{_JACKSON}.databind.deser.BeanDeserializer.deserialize(BeanDeserializer.java:177)",
    f"{_JACKSON}.databind.ObjectReader.readValue(ObjectReader.java:1602)",
    f"{_SPRING}.support.serializer.JsonDeserializer.deserialize(JsonDeserializer.java:600)",
)


@lru_cache
def _cannot_be_read(topic: str, length: int) -> tuple[Header, ...]:
    stack = "\n".join(
        (
            f"{_DESERIALIZATION}: failed to deserialize",
            *map(_at, _FETCHING),
            "Caused by: org.apache.kafka.common.errors.SerializationException: "
            f"Can't deserialize data  from topic [{topic}]",
            *map(_at, _JSON),
            "\t... 16 more",
            f"Caused by: {_JACKSON}.core.io.JsonEOFException: "
            "Unexpected end-of-input within/between Object entries",
            f" at [Source: UNKNOWN; line: 1, column: {length + 1}]",
            *map(_at, _PARSING),
            "\t... 17 more\n",
        )
    )
    return (
        ("kafka_dlt-exception-fqcn", _DESERIALIZATION.encode()),
        ("kafka_dlt-exception-cause-fqcn", _DESERIALIZATION.encode()),
        ("kafka_dlt-exception-message", b"failed to deserialize"),
        ("kafka_dlt-exception-stacktrace", stack.encode()),
    )


def _at(frame: str) -> str:
    return f"\tat {frame}"
