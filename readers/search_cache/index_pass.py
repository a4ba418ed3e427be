"""Building the index of topics' keys, after which no search for a key reads all of a topic."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeGuard

from readers.partition_check import verify_partitioner
from readers.record import Span
from readers.search import SearchStep, steps_of
from readers.source import Batch, Source, TopicInfo


class IndexesKeys(Source, Protocol):
    """A source whose topics' keys can be indexed on this machine, so that no search reads all."""

    @property
    def index_offsets_max(self) -> int:
        """How many offsets of one topic there is room for."""
        ...

    def index_keys(self, spans: Sequence[Span]) -> Iterator[Batch]:
        """Index what is not yet indexed of the spans; the batches say how far it is.

        What lies before the spans of a partition is dropped. What was read is kept whenever it
        is stopped; a step waits 0.2 s at most.

        Raises:
            SourceRefused: the source has nothing to tell its topics by, or cannot be read so.
            UsageError: nothing may or can be kept on this machine.
        """
        ...

    def indexed(self, topic: TopicInfo) -> tuple[Span, ...]:
        """What is in the index, ascending in each partition."""
        ...


@dataclass(frozen=True, slots=True)
class Indexed:
    """How much of a topic is in the index.

    Attributes:
        offsets: that the topic has.
        room: for how many of them, the newest, there is room.
        before, now: in the index, before it was built and after.
    """

    topic: str
    offsets: int
    room: int
    before: int
    now: int

    @property
    def added(self) -> int:
        """Offsets that were not in it before."""
        return self.now - self.before

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the topic is left out."""
        return self.now >= self.offsets


def indexes_keys(source: object) -> TypeGuard[IndexesKeys]:
    """Whether the source's topics can be indexed."""
    return hasattr(source, "index_keys")


class IndexBuild:
    """One pass over what is not indexed yet of some topics.

    Args:
        topics: with their present bounds; what comes later is for the next pass.
    """

    def __init__(self, source: IndexesKeys, topics: Sequence[TopicInfo]) -> None:
        self._source = source
        self._topics = topics
        self._spans = {
            topic.name: _newest(topic.spans, source.index_offsets_max) for topic in topics
        }
        self._before = {topic.name: self._now(topic) for topic in topics}

    def steps(self) -> Iterator[SearchStep]:
        """Read it; each step says how far it is, and none has records."""
        spans = [span for each in self._spans.values() for span in each if span.width]
        yield from steps_of([(self._source.index_keys(spans), spans)])
        total = sum(span.width for span in spans)
        for topic in self._topics:
            for _ in verify_partitioner(self._source, topic):  # the next search need not
                yield SearchStep((), total, total)

    def told(self) -> tuple[Indexed, ...]:
        """How much of each topic is in the index now."""
        return tuple(
            Indexed(
                topic.name,
                topic.offsets_count,
                sum(span.width for span in self._spans[topic.name]),
                self._before[topic.name],
                self._now(topic),
            )
            for topic in self._topics
        )

    def _now(self, topic: TopicInfo) -> int:
        """The offsets that are indexed of those the topic has."""
        bounds = {each.partition: each for each in topic.partitions}
        return sum(
            max(0, min(span.end_exclusive, own.end_exclusive) - max(span.start, own.start))
            for span in self._source.indexed(topic)
            if (own := bounds.get(span.partition)) is not None
        )


def _newest(spans: Sequence[Span], most: int) -> list[Span]:
    """The same share of each, from its end, so that all together are no more than that."""
    total = sum(span.width for span in spans)
    if total <= most:
        return list(spans)
    return [replace(span, start=span.end_exclusive - span.width * most // total) for span in spans]
