"""Which topics hold dead letters, and whose, by their names."""

import re
from collections.abc import Collection

_OF_TOPIC = (
    re.compile(r"(?P<origin>.+)(?:-dlt|\.DLT)"),  # Spring's recoverer, since 3.3 and before
    re.compile(r"error\.(?P<origin>.+)\.[^.]+"),  # Spring Cloud Stream
    re.compile(r"(?P<origin>.+)__.+__dlq"),  # uForwarder
    re.compile(r"(?P<origin>.+?)[-._](?:dlq|dead[-_.]?letters?)", re.IGNORECASE),
)
_ANY = (
    re.compile(r"dead-letter-topic-.+"),  # SmallRye names the channel, not the topic
    re.compile(r"dlq\..+"),  # share groups
    re.compile(r"wolverine-dead-letter-queue"),
    re.compile(
        r".+[-._](dlq|dlt|dead[-_.]?letters?|errors?|poison|parking([-_.]?lot)?|invalid)",
        re.IGNORECASE,
    ),
)


_RETRY = re.compile(r".+(-retry(-\d+){0,2}|_retry_\d+|\.retry\.\d+[smh]|__.+__retry)")


def is_dead_letter_name(name: str) -> bool:
    """Whether a topic's name says that it holds dead letters."""
    return any(pattern.fullmatch(name) for pattern in (*_OF_TOPIC, *_ANY))


def origin_topic_by_name(name: str, existing: Collection[str]) -> str | None:
    """The topic whose dead letters are in `name`, if its name says so and that topic exists."""
    for pattern in _OF_TOPIC:
        match = pattern.fullmatch(name)
        if match and match["origin"] in existing:
            return match["origin"]
    return None


def is_retry_name(name: str) -> bool:
    """Whether a topic's name says that it holds records on their way to another try."""
    return _RETRY.fullmatch(name) is not None
