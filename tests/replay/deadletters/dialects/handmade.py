"""Dead letters as each framework writes them, header by header, for those without a corpus."""

import base64
from dataclasses import dataclass
from struct import pack

from readers.record import Header, Record
from tests.fakes import START_MS, record_of

TEXT_PLACE = (b"orders", b"3", b"12345")
FAILED_MS = 1_700_000_000_000
"""The moment of every encoding below: 2023-11-14 22:13:20 UTC."""
TICKS = str(FAILED_MS * 10_000 + 621_355_968_000_000_000).encode()
USERS_OWN: tuple[Header, ...] = (
    ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4709-00f067aa0ba902b7-01"),
    ("x-source", b"produce.py"),
    ("x-null", None),
    ("__TypeId__", b"Order"),
    ("x-source", b"again"),
    ("blob", b"\x00\xff"),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a framework writes, and what it says.

    Attributes:
        says: partition, offset, group, exception, cause, message, attempts and failing time.
    """

    framework: str
    headers: tuple[Header, ...]
    says: tuple[object, ...]
    topic: str | None = "orders"
    origin_ms: int | None = None
    key: bytes | None = b"order-1"
    is_sure: bool = True

    @property
    def record(self) -> Record:
        """In a topic whose name says nothing, between the user's own headers."""
        return record_of("letters", headers=(*USERS_OWN[:3], *self.headers, *USERS_OWN[3:]))


def named(names: str, *values: bytes | None) -> tuple[Header, ...]:
    return tuple(zip(names.split(), values, strict=True))


def prefixed(prefix: str, names: str, *values: bytes | None) -> tuple[Header, ...]:
    return tuple((prefix + name, value) for name, value in named(names, *values))


LETTERS = {
    "spring": Letter(
        "spring",
        prefixed(
            "kafka_dlt-",
            "exception-fqcn exception-cause-fqcn exception-message original-topic "
            "original-partition original-offset original-timestamp original-timestamp-type "
            "original-consumer-group",
            b"org.x.ListenerExecutionFailedException", b"java.lang.IllegalStateException",
            b"Listener failed; Order 7 is shipped", b"orders", bytes.fromhex("00000003"),
            bytes.fromhex("0000000000003039"), bytes.fromhex("0000018bcfe56800"), b"CreateTime",
            b"billing",
        ),
        (3, 12345, "billing", "org.x.ListenerExecutionFailedException",
         "java.lang.IllegalStateException", "Order 7 is shipped", None, START_MS),
        origin_ms=FAILED_MS,
    ),
    "spring retry topics before 2.7.9": Letter(
        "spring",
        (
            *prefixed("kafka_", "original-topic original-partition original-offset exception-fqcn",
                      b"orders", pack(">i", 3), pack(">q", 12345), b"E"),
            *prefixed("retry_topic-", "attempts original-timestamp backoff-timestamp",
                      b"\x02", bytes.fromhex("018bcfe56800"), bytes.fromhex("018bcfe56800")),
        ),
        (3, 12345, None, "E", None, None, 1, START_MS),
    ),
    "spring-cloud-stream": Letter(
        "spring-cloud-stream",
        (
            *prefixed("x-original-", "topic partition offset timestamp timestamp-type",
                      b"orders", pack(">i", 3), pack(">q", 12345), pack(">q", FAILED_MS),
                      b"CreateTime"),
            *prefixed("x-exception-", "fqcn message stacktrace",
                      b"org.x.MessagingException", b"boom",
                      b"org.x: boom\n\tat a.B\nCaused by: a.Cause: x"),
        ),
        (3, 12345, None, "org.x.MessagingException", "a.Cause", "boom", None, START_MS),
        origin_ms=FAILED_MS,
    ),
    "connect without a message": Letter(
        "connect",
        prefixed("__connect.errors.",
                 "topic partition offset connector.name task.id stage class.name "
                 "exception.class.name exception.message exception.stacktrace",
                 *TEXT_PLACE, b"jdbc", b"0", b"TASK_PUT", b"x.Task", b"x.E", None, b"x.E\n\tat"),
        (3, 12345, "connect-jdbc", "x.E", None, None, None, None),
        origin_ms=START_MS,
    ),
    "streams without a record": Letter(
        "streams",
        prefixed("__streams.errors.", "exception message stacktrace topic partition offset",
                 b"x.E", None, b"x.E", None, b"-1", b"-1"),
        (None, None, None, "x.E", None, None, None, None),
        topic=None,
        origin_ms=START_MS,
    ),
    "share-group": Letter(
        "share-group",
        prefixed("__dlq.errors.", "topic partition offset group delivery.count message",
                 *TEXT_PLACE, b"billing", b"5", b"rejected"),
        (3, 12345, "billing", None, None, "rejected", 5, START_MS),
    ),
    "smallrye": Letter(
        "smallrye",
        prefixed("dead-letter-",
                 "reason cause exception-class-name cause-class-name topic partition offset",
                 b"boom", b"because", b"x.E", b"x.Cause", *TEXT_PLACE),
        (3, 12345, None, "x.E", "x.Cause", "boom", None, START_MS),
    ),
    "smallrye before 3.21": Letter(
        "smallrye",
        prefixed("dead-letter-", "reason topic partition offset", b"boom", *TEXT_PLACE),
        (3, 12345, None, None, None, "boom", None, START_MS),
    ),
    "smallrye that could not read": Letter(
        "smallrye",
        prefixed("deserialization-failure-", "reason topic data deserializer dlq",
                 b"no JSON", b"orders", b"{nope", b"x.JsonDeserializer", b"true"),
        (None, None, None, None, None, "no JSON", None, START_MS),
        is_sure=False,
    ),
    "schema-registry-rule": Letter(
        "schema-registry-rule",
        prefixed("__rule.", "name mode subject topic exception",
                 b"checkAmount", b"WRITE", b"orders-value", b"orders", b"amount is negative"),
        (None, None, None, None, None, "amount is negative", None, None),
    ),
    "wolverine": Letter(
        "wolverine",
        named("exception-type exception-message exception-stack failed-at original-destination "
              "original-partition original-offset",
              b"System.InvalidOperationException", b"boom",
              b"   at Shop.Pay() ---> System.TimeoutException: late", b"1700000000000",
              b"kafka://topic/orders", b"3", b"12345"),
        (3, 12345, None, "System.InvalidOperationException", "System.TimeoutException", "boom",
         None, FAILED_MS),
    ),
    "wolverine on its way to another try": Letter(
        "wolverine",
        prefixed("wolverine-kafka-retry-",
                 "source tier attempt first-failed exception-type exception-message",
                 b"orders", b"1", b"2", TICKS, b"System.TimeoutException", b"late"),
        (None, None, None, "System.TimeoutException", None, "late", 2, FAILED_MS),
    ),
    "masstransit": Letter(
        "masstransit",
        (
            *prefixed("MT-Fault-", "ExceptionType Message StackTrace Timestamp InputAddress "
                      "RetryCount",
                      b"System.TimeoutException", b"late", b"   at Shop.Pay()",
                      b"2023-11-14T22:13:20.0000000Z", b"loopback://localhost/orders", b"2"),
            ("MT-Reason", b"fault"),
        ),
        (None, None, None, "System.TimeoutException", None, "late", 3, FAILED_MS),
        topic=None,
    ),
    "nservicebus": Letter(
        "nservicebus",
        (
            *prefixed("NServiceBus.", "FailedQ TimeOfFailure Retries.Timestamp",
                      b"orders", b"2023-11-14 22:13:20:000000 Z", b"x"),
            *prefixed("NServiceBus.ExceptionInfo.",
                      "ExceptionType InnerExceptionType Message Source StackTrace HelpLink",
                      b"System.Exception", b"System.TimeoutException", b"late", b"Shop", b"", b""),
        ),
        (None, None, None, "System.Exception", "System.TimeoutException", "late", None, FAILED_MS),
    ),
    "karafka": Letter(
        "karafka",
        prefixed("source_", "topic partition offset consumer_group attempts trace_id",
                 *TEXT_PLACE, b"billing", b"4", b"abc"),
        (3, 12345, "billing", None, None, None, 4, None),
    ),
    "karafka since 2.4.4": Letter(
        "karafka",
        prefixed("original_", "topic partition offset consumer_group key attempts",
                 *TEXT_PLACE, b"billing", b"order-9", b"4"),
        (3, 12345, "billing", None, None, None, 4, None),
        key=b"order-9",
    ),
    "karafka before 2.0.17": Letter(
        "karafka",
        prefixed("original-", "topic partition offset", *TEXT_PLACE),
        (3, 12345, None, None, None, None, None, None),
        key=None,
        is_sure=False,
    ),
    "silverback": Letter(
        "silverback",
        (
            *prefixed("x-source-", "topic partition offset consumer-group-id timestamp",
                      *TEXT_PLACE, b"billing", b"2023-11-14T22:13:20.0000000Z"),
            ("x-failure-reason", b"System.TimeoutException in Shop.Payments"),
            ("x-failed-attempts", b"3"),
        ),
        (3, 12345, "billing", "System.TimeoutException", None, None, 3, None),
        origin_ms=FAILED_MS,
    ),
    "brighter": Letter(
        "brighter",
        named("OriginalTopic OriginalType RejectionReason RejectionMessage RejectionTimestamp",
              b"orders", b"MT_EVENT", b"DeliveryError", b"late",
              b"2023-11-14T23:13:20.0000000+01:00"),
        (None, None, None, "DeliveryError", None, "late", None, FAILED_MS),
    ),
    "watermill": Letter(
        "watermill",
        named("reason_poisoned topic_poisoned handler_poisoned subscriber_poisoned",
              b"cannot pay", b"orders", b"pay", b"kafka"),
        (None, None, None, None, None, "cannot pay", None, None),
    ),
    "helidon of old": Letter(
        "helidon",
        named("dlq-error dlq-error-msg dlq-orig-topic dlq-orig-offset dlq-orig-partition",
              b"x.E", b"boom", b"orders", b"12345", b"3"),
        (3, 12345, None, "x.E", None, "boom", None, None),
    ),
    "helidon": Letter(
        "helidon",
        (
            *prefixed("dlq-orig-", "topic partition offset timestamp timestamp-type leader-epoch",
                      *TEXT_PLACE, b"1700000000000", b"CREATE_TIME", b"0"),
            *prefixed("helidon_messaging_dead_letter_", "source_channel attempts", b"in", b"3"),
        ),
        (3, 12345, None, None, None, None, 3, None),
        origin_ms=FAILED_MS,
    ),
    "knative": Letter(
        "knative",
        prefixed("ce_knativeerror", "dest code data",
                 b"http://billing", b"500", base64.b64encode(b"out of stock")),
        (None, None, None, "HTTP 500", None, "out of stock", None, None),
        topic=None,
    ),
}  # fmt: skip
"""By a name for the test."""
