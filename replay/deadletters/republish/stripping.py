"""Which of a letter's headers go back with it, and which would mislead whoever reads it next.

A stale header changes what a consumer does: Spring sends a record whose `retry_topic-attempts` says
that it was tried often enough straight back, and SmallRye one with `deserialization-failure-dlq`
without looking at it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from readers.record import Header, Record
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.letter import DeadLetter
from replay.deadletters.provenance import PREFIX
from replay.deadletters.reading import recognising

_UNMISTAKABLE = (
    PREFIX,
    "kafka_dlt-",
    "kafka_original-",
    "kafka_exception-",
    "kafka_key-exception-",
    "retry_topic-",
    "springDeserializerException",
    "deserialization-failure-",
    "delayed-retry-",
    "wolverine-kafka-retry-",
    "__connect.errors.",
    "__streams.errors.",
    "__dlq.errors.",
    "__rule.",
    "ce_knativeerror",
)
"""What begins so is a framework's or our own whatever else the record has: no application's."""
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Stripped:
    """A letter's headers, parted.

    Attributes:
        kept: as they were, in their order, repeats and nulls too.
        stripped: the names of the others, in their order, repeats kept.
    """

    kept: tuple[Header, ...]
    stripped: tuple[str, ...]


def headers_back(letter: DeadLetter, dialects: Sequence[Dialect] = BUILT_IN) -> Stripped:
    """What is sent back: all but what frameworks that had this very record own, and our own.

    A name that an application may use too counts as a framework's only where the record is a letter
    of that framework's: `source_topic` is Karafka's on a letter of Karafka's, and the application's
    on any other.
    """
    owners = tuple(recognising(letter.record, dialects))
    headers = letter.record.headers
    return Stripped(
        tuple(header for header in headers if not is_stale(header[0], owners)),
        tuple(name for name, _ in headers if is_stale(name, owners)),
    )


def is_stale(name: str, owners: Iterable[Dialect] = ()) -> bool:
    """Whether a header of this name must not go back, of a record that these frameworks had."""
    return name.startswith(_UNMISTAKABLE) or any(owner.owns(name) for owner in owners)


def has_unwritable_header(record: Record) -> bool:
    """Whether a header's name may have held bytes that are no UTF-8.

    Sources read such bytes as U+FFFD, and a client writes that as another name: the record would
    not go back as it was.
    """
    return any(_REPLACEMENT in name for name, _ in record.headers)
