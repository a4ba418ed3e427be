"""Consumers that follow their framework's rules for headers: what becomes of a record in them.

Small models of what Spring Kafka's retry topics and SmallRye's failure strategies do before and
after a listener sees a record.
"""

from readers.record import Header, Record

MAX_ATTEMPTS = 3
OK, RETRIED, DEAD = "ok", "retried", "dead"


def _last(record: Record, name: str) -> bytes | None:
    return next((value for header, value in reversed(record.headers) if header == name), None)


class SpringRetryTopics:
    """@RetryableTopic(attempts = 3): a failing record is tried again, unless it was too often.

    Attributes:
        fails: whether the listener throws.
    """

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails

    def receive(self, record: Record) -> str:
        """What becomes of a record that arrives in the main topic."""
        unread = ("springDeserializerExceptionKey", "springDeserializerExceptionValue")
        if any(_last(record, name) is not None for name in unread):
            return DEAD  # the listener is not called: it could not be read, says the header
        if not self.fails:
            return OK
        raw = _last(record, "retry_topic-attempts")
        attempt = 1 if raw is None else int.from_bytes(raw, "big")
        return DEAD if attempt >= MAX_ATTEMPTS else RETRIED

    def written_origin(self, record: Record) -> int:
        """The offset that its next letter names as the origin: one that is there stays."""
        raw = _last(record, "kafka_original-offset")
        return record.offset if raw is None else int.from_bytes(raw, "big")


class SpringRecoverer:
    """A plain recoverer: it appends its origin to those that are there."""

    def written_origins(self, record: Record) -> int:
        """How many origins its next letter names."""
        return 1 + sum(name == "kafka_dlt-original-offset" for name, _ in record.headers)


class SmallRye:
    """A channel with `failure-strategy=delayed-retry-topic` and three retries."""

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails

    def receive(self, record: Record) -> str:
        """What becomes of a record that arrives in the channel's topic."""
        if _last(record, "deserialization-failure-dlq") is not None:
            return DEAD  # unprocessed
        if not self.fails:
            return OK
        count = int(_last(record, "delayed-retry-count") or b"0")
        return DEAD if count >= MAX_ATTEMPTS else RETRIED


def with_headers(record: Record, headers: tuple[Header, ...]) -> Record:
    """The record as it would be sent back."""
    return record._replace(topic="orders", offset=10_000, headers=headers)
