"""Which topics hold dead letters, as the list of topics knows it: at once by names, then better."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from readers.config_file import Config
from readers.source import Source, TopicInfo
from tui.messages import JobMessage

if TYPE_CHECKING:
    from tui.session import Work


@dataclass
class TopicsLookedInto(JobMessage):
    """Topics whose names say nothing were looked into; `letters` of them hold dead letters."""

    topics: tuple[str, ...]
    letters: frozenset[str]


def look_into(topics: Sequence[TopicInfo], config: Config) -> "Work":
    """Work that reads a few records from the topics' ends, for five seconds at most."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        from replay.deadletters.detection import letter_topics_in_steps
        from replay.deadletters.dialects.loading import dialects_of

        dialects = dialects_of(config.dead_letters)
        found = yield from letter_topics_in_steps(source, topics, (), dialects)
        letters = frozenset(topic.name for topic in found)
        yield TopicsLookedInto(tuple(topic.name for topic in topics), letters)

    return work


class LetterTopics:
    """The topics that hold dead letters by their names or the configuration, or were found to."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._names: frozenset[str] = frozenset()
        self._told: frozenset[str] = frozenset()
        self._found: set[str] = set()
        self._looked_into: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._told or name in self._found

    def named(self, names: Iterable[str]) -> None:
        """These topics exist now."""
        from replay.deadletters.topics import configured_letter_topics, is_dead_letter_name

        existing = frozenset(names)
        if existing != self._names:
            self._names = existing
            named = {name for name in existing if is_dead_letter_name(name, existing)}
            self._told = configured_letter_topics(self._config) | named

    def unknown(self, topics: Iterable[TopicInfo]) -> list[TopicInfo]:
        """Those of which only what is in them can tell, and that nobody has looked into."""
        return [
            topic
            for topic in topics
            if topic.offsets_count
            and not topic.internal
            and topic.name not in self
            and topic.name not in self._looked_into
        ]

    def looked_into(self, topics: Iterable[str], letters: frozenset[str]) -> None:
        """They need not be looked into again; `letters` of them hold dead letters."""
        self._looked_into.update(topics)
        self._found |= letters
