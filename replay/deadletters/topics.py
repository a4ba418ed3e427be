"""Which topics hold dead letters, and whose, by their names and by the configuration."""

import re
from collections.abc import Collection

from readers.config_file import Config

FORWARDED = re.compile(r"(?P<origin>.+)__(?P<group>.+?)__(?:retry|dlq)")
"""Topics of Uber's uForwarder."""

# Each is one framework's naming, and names the topic whose letters it holds.
_OF_TOPIC = (
    re.compile(r"(?P<origin>.+)(?:-dlt|\.DLT)"),  # Spring's recoverer, since 3.3 and before
    re.compile(r"(?P<origin>.+)__.+?__dlq"),
    re.compile(r"dlq\.(?P<origin>.+)"),  # share groups
    re.compile(r"dead-letter-topic-(?P<origin>.+)"),  # SmallRye's channel, often the topic too
    re.compile(
        r"(?P<origin>.+?)[-._](?:dlq|dlt|dead[-_.]?letters?|errors?|poison"
        r"|parking(?:[-_.]?lot)?|invalid)",
        re.IGNORECASE,
    ),
)
# Spring Cloud Stream's, which also fits other topics: `error.TOPIC.GROUP`.
_AMBIGUOUS = re.compile(r"error\.(?P<origin>.+)\.[^.]+")
_OF_ANY = re.compile(r"wolverine-dead-letter-queue|.*ksql_processing_log", re.IGNORECASE)
_RETRY = re.compile(r".+(-retry(-\d+){0,2}|_retry_\d+|\.retry\.\d+[smh]|__.+__retry)")


def configured_letter_topics(config: Config) -> frozenset[str]:
    """Topics that hold dead letters because kstory.toml says so, whatever they are called."""
    table = config.dead_letters
    named = () if table is None else table.texts("topics") or ()
    of_streams = (t for each in config.streams.values() for t in each.texts("dead_letters") or ())
    return frozenset((*named, *of_streams))


def is_dead_letter_name(name: str, existing: Collection[str] | None = None) -> bool:
    """Whether a topic's name says that it holds dead letters.

    A name that may mean something else counts only where the topic in it is one of `existing`;
    where that is None, it counts.
    """
    if _OF_ANY.fullmatch(name) or any(pattern.fullmatch(name) for pattern in _OF_TOPIC):
        return True
    match = _AMBIGUOUS.fullmatch(name)
    return match is not None and (existing is None or match["origin"] in existing)


def origin_topic_by_name(name: str, existing: Collection[str]) -> str | None:
    """The topic whose dead letters are in `name`, if its name says so and that topic exists."""
    for pattern in (*_OF_TOPIC, _AMBIGUOUS):
        match = pattern.fullmatch(name)
        if match and match["origin"] in existing:
            return match["origin"]
    return None


def is_retry_name(name: str) -> bool:
    """Whether a topic's name says that it holds records on their way to another try."""
    return _RETRY.fullmatch(name) is not None
