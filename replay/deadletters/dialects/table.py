"""The frameworks whose dead letters are told by header names alone, an entry each.

Where the dialect of a framework has its own module, that one says what its names do not.
"""

from replay.deadletters.dialects import header_codecs
from replay.deadletters.dialects.columns import (
    ATTEMPTS,
    EXCEPTION,
    GROUP,
    MESSAGE,
    OFFSET,
    PARTITION,
    STACK,
    TOPIC,
    all_of,
)
from replay.deadletters.dialects.dotnet import BRIGHTER, MASSTRANSIT, NSERVICEBUS, SILVERBACK
from replay.deadletters.dialects.headers import (
    Column,
    Field,
    HeaderDialect,
    RecordTime,
    Repeats,
)

SPRING_CLOUD_STREAM = HeaderDialect(
    "spring-cloud-stream",
    {
        "x-original-topic": TOPIC,
        "x-original-partition": Column(Field.PARTITION, header_codecs.int32),
        "x-original-offset": Column(Field.OFFSET, header_codecs.int64),
        "x-original-timestamp": Column(Field.TIMESTAMP, header_codecs.int64),
        "x-exception-fqcn": EXCEPTION,
        "x-exception-message": MESSAGE,
        "x-exception-stacktrace": STACK,
    },
    sure=(all_of("x-original-topic", "x-exception-fqcn"),),
    likely=(all_of("x-original-topic"), all_of("x-exception-fqcn")),
    record_time=RecordTime.FAILURE,
    others=all_of("x-original-timestamp-type"),
)

# The group of a sink is made from the connector's name.
CONNECT = HeaderDialect(
    "connect",
    {
        "__connect.errors.topic": TOPIC,
        "__connect.errors.partition": PARTITION,
        "__connect.errors.offset": OFFSET,
        "__connect.errors.connector.name": Column(Field.GROUP, header_codecs.connector_group),
        "__connect.errors.exception.class.name": EXCEPTION,
        "__connect.errors.exception.message": MESSAGE,
        "__connect.errors.exception.stacktrace": STACK,
    },
    sure=(all_of("__connect.errors.topic", "__connect.errors.exception.class.name"),),
    likely=(
        all_of("__connect.errors.topic"),
        all_of("__connect.errors.exception.class.name"),
    ),
    record_time=RecordTime.ORIGIN,
    prefixes=("__connect.errors.",),
)

STREAMS = HeaderDialect(
    "streams",
    {
        "__streams.errors.topic": TOPIC,
        "__streams.errors.partition": PARTITION,
        "__streams.errors.offset": OFFSET,
        "__streams.errors.exception": EXCEPTION,
        "__streams.errors.message": MESSAGE,
        "__streams.errors.stacktrace": STACK,
    },
    sure=(all_of("__streams.errors.exception"),),
    likely=(all_of("__streams.errors.topic"),),
    record_time=RecordTime.ORIGIN,
    prefixes=("__streams.errors.",),
)

SHARE_GROUP = HeaderDialect(
    "share-group",
    {
        "__dlq.errors.topic": TOPIC,
        "__dlq.errors.partition": PARTITION,
        "__dlq.errors.offset": OFFSET,
        "__dlq.errors.group": GROUP,
        "__dlq.errors.delivery.count": ATTEMPTS,
        "__dlq.errors.message": MESSAGE,
    },
    sure=(all_of("__dlq.errors.topic", "__dlq.errors.partition", "__dlq.errors.offset"),),
    likely=(all_of("__dlq.errors.topic"),),
    record_time=RecordTime.FAILURE,
    prefixes=("__dlq.errors.",),
    lost_without="value",
)

SCHEMA_REGISTRY_RULE = HeaderDialect(
    "schema-registry-rule",
    {"__rule.topic": TOPIC, "__rule.exception": MESSAGE},
    sure=(all_of("__rule.name", "__rule.topic"),),
    likely=(all_of("__rule.exception"),),
    others=all_of("__rule.name", "__rule.mode", "__rule.subject"),
    prefixes=("__rule.",),
)

KARAFKA = HeaderDialect(
    "karafka",
    {
        "source_topic": TOPIC,
        "source_partition": PARTITION,
        "source_offset": OFFSET,
        "source_consumer_group": GROUP,
        "source_attempts": ATTEMPTS,
    },
    sure=(all_of("source_topic", "source_partition", "source_offset", "source_consumer_group"),),
    likely=(all_of("source_topic", "source_partition", "source_offset"),),
    repeats=Repeats.REPLACED,
    others=all_of("source_trace_id"),
)
# Up to 2.4 the record's key is the partition's number; the original key has a header since 2.4.4.
KARAFKA_2_0_17 = HeaderDialect(
    "karafka",
    {
        "original_topic": TOPIC,
        "original_partition": PARTITION,
        "original_offset": OFFSET,
        "original_consumer_group": GROUP,
        "original_attempts": ATTEMPTS,
    },
    sure=(
        all_of(
            "original_topic", "original_partition", "original_offset", "original_consumer_group"
        ),
    ),
    likely=(all_of("original_topic", "original_partition", "original_offset"),),
    repeats=Repeats.REPLACED,
    others=all_of("original_trace_id"),
    key_header="original_key",
    lost_without="key",
)
KARAFKA_2_0_0 = HeaderDialect(
    "karafka",
    {
        "original-topic": TOPIC,
        "original-partition": PARTITION,
        "original-offset": OFFSET,
        "original-consumer-group": GROUP,
    },
    likely=(all_of("original-topic", "original-partition", "original-offset"),),
    repeats=Repeats.REPLACED,
    key_header="original-key",
    lost_without="key",
)

WATERMILL = HeaderDialect(
    "watermill",
    {"reason_poisoned": MESSAGE, "topic_poisoned": TOPIC},
    sure=(all_of("reason_poisoned", "topic_poisoned"),),
    likely=(all_of("reason_poisoned"),),
    repeats=Repeats.REPLACED,
    others=all_of("handler_poisoned", "subscriber_poisoned"),
)

HELIDON = HeaderDialect(
    "helidon",
    {
        "dlq-orig-topic": TOPIC,
        "dlq-orig-partition": PARTITION,
        "dlq-orig-offset": OFFSET,
        "dlq-orig-timestamp": Column(Field.TIMESTAMP, header_codecs.decimal),
        "dlq-error": EXCEPTION,
        "dlq-error-msg": MESSAGE,
        "helidon_messaging_dead_letter_attempts": ATTEMPTS,
        "helidon_messaging_dead_letter_failure_type": EXCEPTION,
        "helidon_messaging_dead_letter_failure_message": MESSAGE,
    },
    sure=(
        all_of("dlq-orig-topic", "dlq-error"),
        all_of("dlq-orig-topic", "helidon_messaging_dead_letter_source_channel"),
    ),
    likely=(all_of("dlq-orig-topic"), all_of("helidon_messaging_dead_letter_source_channel")),
    repeats=Repeats.REPLACED,
    prefixes=("dlq-orig-", "helidon_messaging_dead_letter_"),
)

# The failure is an HTTP answer: its code stands for a class, its body for a message.
KNATIVE = HeaderDialect(
    "knative",
    {
        "ce_knativeerrorcode": Column(Field.EXCEPTION, header_codecs.http_code),
        "ce_knativeerrordata": Column(Field.MESSAGE, header_codecs.base64_text),
    },
    sure=(all_of("ce_knativeerrordest"),),
    likely=(all_of("ce_knativeerrorcode"),),
    repeats=Repeats.REPLACED,
    prefixes=("ce_knativeerror", "knativeerror"),
)

TABLE = (
    SPRING_CLOUD_STREAM,
    CONNECT,
    STREAMS,
    SHARE_GROUP,
    SCHEMA_REGISTRY_RULE,
    MASSTRANSIT,
    NSERVICEBUS,
    KARAFKA,
    KARAFKA_2_0_17,
    KARAFKA_2_0_0,
    SILVERBACK,
    BRIGHTER,
    WATERMILL,
    HELIDON,
    KNATIVE,
)
