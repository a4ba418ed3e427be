"""The frameworks of .NET whose dead letters are told by header names alone."""

from replay.deadletters.dialects import header_codecs
from replay.deadletters.dialects.columns import (
    ATTEMPTS,
    CAUSE,
    EXCEPTION,
    GROUP,
    MESSAGE,
    OFFSET,
    PARTITION,
    STACK,
    TOPIC,
    all_of,
)
from replay.deadletters.dialects.headers import Column, Field, HeaderDialect, Repeats

MASSTRANSIT = HeaderDialect(
    "masstransit",
    {
        "MT-Fault-ExceptionType": EXCEPTION,
        "MT-Fault-Message": MESSAGE,
        "MT-Fault-StackTrace": STACK,
        "MT-Fault-Timestamp": Column(Field.FAILED_AT, header_codecs.iso_time),
        "MT-Fault-RetryCount": Column(Field.ATTEMPTS, header_codecs.retries),
    },
    sure=(all_of("MT-Fault-ExceptionType"),),
    likely=(all_of("MT-Fault-Message"),),
    repeats=Repeats.REPLACED,
    others=all_of("MT-Reason"),
    prefixes=("MT-Fault-",),
)

NSERVICEBUS = HeaderDialect(
    "nservicebus",
    {
        "NServiceBus.FailedQ": TOPIC,
        "NServiceBus.TimeOfFailure": Column(Field.FAILED_AT, header_codecs.nservicebus_time),
        "NServiceBus.ExceptionInfo.ExceptionType": EXCEPTION,
        "NServiceBus.ExceptionInfo.InnerExceptionType": CAUSE,
        "NServiceBus.ExceptionInfo.Message": MESSAGE,
        "NServiceBus.ExceptionInfo.StackTrace": STACK,
    },
    sure=(all_of("NServiceBus.FailedQ", "NServiceBus.ExceptionInfo.ExceptionType"),),
    likely=(
        all_of("NServiceBus.FailedQ"),
        all_of("NServiceBus.ExceptionInfo.ExceptionType"),
    ),
    repeats=Repeats.REPLACED,
    others=all_of("ServiceControl.EditOf"),
    prefixes=("NServiceBus.Retries", "NServiceBus.ExceptionInfo."),
)

SILVERBACK = HeaderDialect(
    "silverback",
    {
        "x-source-topic": TOPIC,
        "x-source-partition": PARTITION,
        "x-source-offset": OFFSET,
        "x-source-timestamp": Column(Field.TIMESTAMP, header_codecs.time),
        "x-source-consumer-group-id": GROUP,
        "x-failure-reason": Column(Field.EXCEPTION, header_codecs.type_in_source),
        "x-failed-attempts": ATTEMPTS,
    },
    sure=(all_of("x-source-topic", "x-source-consumer-group-id", "x-failure-reason"),),
    likely=(
        all_of("x-source-topic", "x-failure-reason"),
        all_of("x-source-topic", "x-source-partition", "x-source-offset"),
    ),
    repeats=Repeats.REPLACED,
)

# Its reason is one of a few words for a kind of failure; there is no class.
BRIGHTER = HeaderDialect(
    "brighter",
    {
        "OriginalTopic": TOPIC,
        "RejectionReason": EXCEPTION,
        "RejectionMessage": MESSAGE,
        "RejectionTimestamp": Column(Field.FAILED_AT, header_codecs.iso_time),
    },
    sure=(all_of("OriginalTopic", "RejectionReason", "RejectionTimestamp"),),
    likely=(all_of("OriginalTopic", "RejectionReason"),),
    repeats=Repeats.REPLACED,
    others=all_of("OriginalType"),
)
