"""Uber's uForwarder: no headers; the record's key is a protobuf message that holds the original's.

The message is read by `uforwarder_key.py`, imported with the first such record: protobuf takes
longer to load than everything else that tells a story.
"""

from readers.record import Record
from replay.deadletters.dialects.dialect import Reading
from replay.deadletters.letter import Confidence, Hop, Origin
from replay.deadletters.topics import FORWARDED

_NS_PER_MS = 1_000_000


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
        from replay.deadletters.dialects.uforwarder_key import key_fields

        told = key_fields(record.key)
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
