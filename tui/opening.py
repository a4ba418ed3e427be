"""The source a command reads: opened for it, closed behind it; the demo where none was named."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from readers.errors import SourceRefused, UsageError
from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.source import Source, TopicInfo
from readers.topic_names import topic_names
from replay.stream_config import streams_of
from replay.stream_guess import choose_stream
from replay.streams import Stream
from tui.output import note
from tui.settings import DEMO_NOTE, TEMPORARY_PREFIX, Settings, now_ms


@contextmanager
def opened(settings: Settings) -> Iterator[Source]:
    """The source that was named, or the demo, saying so."""
    with source_file(settings.spec) as spec, closing(open_source(spec)) as source:
        yield source


@contextmanager
def source_file(spec: SourceSpec) -> Iterator[SourceSpec]:
    """A source that can be opened: the demo is written to a file, which is removed behind it."""
    if spec.kind != "demo":
        yield spec
        return
    from replay.demo.dataset import write_demo

    note(DEMO_NOTE)
    with tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX) as folder:
        path = Path(folder) / "demo.kstory"
        write_demo(path, end_ms=now_ms())
        yield SourceSpec("recording", str(path))


def pick_stream(
    source: Source, settings: Settings, aggregate: str, name: str | None, topics: str | None
) -> Stream:
    """The stream that tells an aggregate's story: named, by its topics, or guessed, saying so.

    Raises:
        UsageError: no stream has this name.
        SourceRefused: the source has no topics.
    """
    existing = list(topic_names(source))
    if topics is not None:
        wanted = tuple(filter(None, topics.split(",")))
        if not wanted:
            raise UsageError("--topics names no topic; write A,B.")
        check_topics(wanted, existing)
        return Stream(",".join(wanted), wanted, guessed=False)
    streams = streams_of(settings.config.streams, existing)
    if name is not None:
        for stream in streams:
            if stream.name == name:
                return stream
        known = ", ".join(stream.name for stream in streams)
        raise UsageError(f"There is no stream {name!r}; known are {known or 'none'}.")
    chosen = choose_stream(streams, aggregate)
    if chosen is None:
        raise SourceRefused(f"{source.name} has no topics that could tell a story.")
    if chosen.guessed:
        note(f"Stream {chosen.name} was guessed: {', '.join(chosen.all_topics)}.")
    return chosen


def check_topics(wanted: tuple[str, ...], existing: list[str]) -> None:
    """Refuse topics that do not exist.

    Raises:
        SourceRefused: one does not.
    """
    for topic in wanted:
        if topic not in existing:
            raise SourceRefused(f"There is no topic {topic!r}; `kstory topics` lists them.")


def find_topics(source: Source, names: tuple[str, ...]) -> tuple[TopicInfo, ...]:
    """The topics with these names, in this order, all of them readable.

    Raises:
        SourceRefused: one does not exist, or may not be read.
    """
    found = {topic.name: topic for topic in source.topics(names)}
    check_topics(names, list(found))
    for topic in found.values():
        if topic.error is not None:
            raise SourceRefused(f"{topic.name}: {topic.error}")
    return tuple(found[name] for name in names)
