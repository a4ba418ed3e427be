"""Which topics of a source hold dead letters: by what lies in them, the configuration, their names.

A few records from the end of each candidate's partitions are read. Topics whose names say nothing
are looked into too, at fewer places, since Kafka Connect gives its dead-letter topic any name.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from readers.errors import SourceRefused
from readers.record import Record, Span
from readers.source import Source, TopicInfo
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.loading import BUILT_IN
from replay.deadletters.letter import Confidence, DeadLetter
from replay.deadletters.reading import read_letter
from replay.deadletters.topics import is_dead_letter_name, is_retry_name

Why = Literal["headers", "config", "name"]

_PARTITIONS = 32
_OFFSETS = 5
_OTHER_PARTITIONS = 2
_OTHER_OFFSETS = 3
_OTHER_TOPICS = 1_000
_AT_ONCE = 100
"""Topics of one read: one that is gone by then costs no more than these a second one."""
_BUDGET_S = 5.0


@dataclass(frozen=True, slots=True)
class LetterTopic:
    """A topic that holds dead letters.

    Attributes:
        why: what says so, the surest of the three.
        framework: who wrote most of those that were looked at; None where none is known.
        offsets: from its start to its end, an upper bound of its letters.
    """

    name: str
    why: Why
    framework: str | None
    offsets: int


def find_letter_topics(
    source: Source,
    configured: Collection[str] = (),
    dialects: Sequence[Dialect] = BUILT_IN,
    *,
    listed: Sequence[TopicInfo] | None = None,
    now_s: Callable[[], float] = time.monotonic,
) -> tuple[LetterTopic, ...]:
    """The topics with dead letters, by name. It takes 5 s at most, and the source's own patience.

    Args:
        source: where they lie.
        configured: topics that hold dead letters whatever they are called.
        dialects: how letters are read.
        listed: topics to choose from; None asks the source for all.
        now_s: the clock.

    Raises:
        SourceError: the source's topics cannot be listed.
    """
    topics = source.topics() if listed is None else listed
    steps = letter_topics_in_steps(source, topics, configured, dialects, now_s=now_s)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: tuple[LetterTopic, ...] = end.value
            return found


def letter_topics_in_steps(
    source: Source,
    listed: Sequence[TopicInfo],
    configured: Collection[str],
    dialects: Sequence[Dialect],
    *,
    now_s: Callable[[], float] = time.monotonic,
) -> Generator[None, None, tuple[LetterTopic, ...]]:
    """Those of the listed topics that hold dead letters, looked for a step of a read at a time."""
    infos = [info for info in listed if not _is_internal(info)]
    names = {info.name for info in infos}
    candidates = {name for name in names if is_dead_letter_name(name, names)} | set(configured)
    sampled: dict[str, list[Record]] = defaultdict(list)
    for records in _samples(source, _spans(infos, candidates), now_s):
        for record in records:
            sampled[record.topic].append(record)
        yield
    found = (
        _topic(info, info.name in configured, info.name in candidates, sampled, dialects)
        for info in infos
    )
    return tuple(topic for topic in found if topic is not None)


def _topic(
    info: TopicInfo,
    is_configured: bool,
    is_candidate: bool,
    sampled: Mapping[str, Sequence[Record]],
    dialects: Sequence[Dialect],
) -> LetterTopic | None:
    letters = [read_letter(record, dialects) for record in sampled.get(info.name, ())]
    known = Counter(letter.framework for letter in letters if letter.framework is not None)
    framework = known.most_common(1)[0][0] if known else None
    why: Why | None = None
    if (is_candidate and known) or _are_surely_letters(info.name, letters):
        why = "headers"
    elif is_candidate:
        why = "config" if is_configured else "name"
    if why is None:
        return None
    return LetterTopic(info.name, why, framework, info.offsets_count)


def _are_surely_letters(name: str, letters: Sequence[DeadLetter]) -> bool:
    """Whether most are letters beyond doubt; in a retry topic they are still to be tried."""
    sure = sum(letter.confidence is Confidence.SURE for letter in letters)
    return sure * 2 > len(letters) and not is_retry_name(name)


def _spans(infos: Iterable[TopicInfo], candidates: Collection[str]) -> list[list[Span]]:
    """What to read, topic by topic, the candidates first."""
    likely = [_ends(info, _PARTITIONS, _OFFSETS) for info in infos if info.name in candidates]
    others = [
        _ends(info, _OTHER_PARTITIONS, _OTHER_OFFSETS)
        for info in infos
        if info.name not in candidates and not is_retry_name(info.name)
    ]
    return [spans for spans in (*likely, *others[:_OTHER_TOPICS]) if spans]


def _ends(info: TopicInfo, partitions: int, offsets: int) -> list[Span]:
    """The last offsets of its fullest partitions."""
    filled = sorted(info.spans, key=lambda span: span.width, reverse=True)[:partitions]
    return [
        Span(
            span.topic,
            span.partition,
            max(span.start, span.end_exclusive - offsets),
            span.end_exclusive,
        )
        for span in filled
        if span.width
    ]


def _samples(
    source: Source, topics: Sequence[Sequence[Span]], now_s: Callable[[], float]
) -> Iterator[Sequence[Record]]:
    """What lies in the topics' spans, until the time is over."""
    end_s = now_s() + _BUDGET_S
    for first in range(0, len(topics), _AT_ONCE):
        for records in _read(source, topics[first : first + _AT_ONCE]):
            yield records
            if now_s() > end_s:
                return


def _read(source: Source, topics: Sequence[Sequence[Span]]) -> Iterator[Sequence[Record]]:
    """Their records; a topic that is refused, or gone since it was listed, gives none."""
    try:
        for batch in source.read([span for spans in topics for span in spans]):
            yield batch.records
    except SourceRefused:
        if len(topics) > 1:
            for spans in topics:
                yield from _read(source, [spans])


def _is_internal(info: TopicInfo) -> bool:
    return info.internal or info.name.startswith("__")
