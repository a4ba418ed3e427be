"""Streams that nobody configured: topics whose names belong together, with their dead letters."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from replay.deadletters.topics import is_dead_letter_name, is_retry_name, origin_topic_by_name
from replay.streams import Stream

_WORD_END = re.compile(r"[-._]")


def guess_streams(names: Iterable[str]) -> tuple[Stream, ...]:
    """One stream for each family of topics that share the last word of their names.

    `order-events` and `payment-events` are one family, called `events`; a topic without relatives
    is a stream of its own name. Internal, retry and dead-letter topics are no stream's events.
    """
    existing = sorted(name for name in set(names) if not name.startswith("__"))
    letters = [name for name in existing if is_dead_letter_name(name)]
    families: dict[str, list[str]] = defaultdict(list)
    for name in existing:
        if name not in letters and not is_retry_name(name):
            families[_WORD_END.split(name)[-1] or name].append(name)
    return tuple(
        Stream(
            name=word if len(topics) > 1 else topics[0],
            topics=tuple(topics),
            dead_letters=_letters_of(topics, letters, existing),
        )
        for word, topics in sorted(families.items())
    )


def _letters_of(
    topics: Sequence[str], letters: Sequence[str], existing: Sequence[str]
) -> tuple[str, ...]:
    return tuple(name for name in letters if origin_topic_by_name(name, existing) in topics)


def choose_stream(streams: Sequence[Stream], aggregate: str) -> Stream | None:
    """The stream a key most likely belongs to: one with a topic named like it, else the widest.

    `order-4711` chooses a stream with `order-events`; configured streams go before guessed ones.
    """
    stem = _WORD_END.split(aggregate)[0].lower()

    def rank(stream: Stream) -> tuple[bool, bool, int]:
        named = any(_WORD_END.split(topic)[0].lower() == stem for topic in stream.topics)
        return (not stream.guessed, named, len(stream.topics))

    return max(streams, key=rank, default=None)


def stream_of_topic(streams: Sequence[Stream], topic: str) -> Stream:
    """The stream that a topic's records belong to; one of its own where none names it."""
    for stream in streams:
        if topic in stream.all_topics:
            return stream
    return Stream(topic, (topic,))
