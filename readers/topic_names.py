"""The names of all topics, where nothing else about them is wanted.

`Source.topics()` asks for every partition's offsets, which takes seconds on a cluster of thousands
of topics; to guess which topics belong together, their names are enough.
"""

from typing import Protocol, TypeGuard

from readers.source import Source


class TellsNames(Protocol):
    """A source that knows the names without asking for the rest."""

    def topic_names(self) -> tuple[str, ...]:
        """Every topic that may be seen, by name."""
        ...


def topic_names(source: Source) -> tuple[str, ...]:
    """Every topic's name, in the cheapest way the source has; sorted."""
    if _tells(source):
        return source.topic_names()
    return tuple(topic.name for topic in source.topics())


def _tells(source: Source) -> TypeGuard[TellsNames]:
    return hasattr(source, "topic_names")
