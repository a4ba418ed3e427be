"""Which records a command moves: the options that say it, and the selection they mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, TypeVar

import click

from readers.errors import SourceRefused, UsageError
from readers.profiles import SourceSpec
from readers.source import Source, TopicInfo
from replay.filters import EventFilter
from replay.locator import bytes_of_text
from replay.ranges import Beginning
from replay.stream_config import streams_of
from replay.streams import Stream
from replay.transfer.manifest import asked_json
from replay.transfer.picks import Picks, Selection, select, until_ms_of
from tui.commands.tail import read_point
from tui.opening import find_topics, pick_stream
from tui.settings import Settings

F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Choice:
    """What was typed."""

    topics: tuple[str, ...]
    keys: tuple[str, ...]
    stream: str | None
    start: str | None
    until: str | None
    where: str | None

    @property
    def asked(self) -> dict[str, object]:
        """As it is told in manifests."""
        return asked_json(
            topics=self.topics,
            keys=self.keys,
            stream=self.stream,
            start=self.start,
            until=self.until,
            where=self.where,
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """What it means in a source.

    Attributes:
        streams: how records are read as events.
        story: an aggregate and its stream, where that is all that was chosen.
    """

    selection: Selection
    streams: tuple[Stream, ...]
    story: tuple[str, Stream] | None


_OPTIONS = (
    click.option(
        "--topic",
        "topics",
        metavar="TOPIC",
        multiple=True,
        help="Only this topic, or those like 'order-*'; may be repeated.",
    ),
    click.option(
        "--key", "keys", metavar="KEY", multiple=True, help="Only this key; may be repeated."
    ),
    click.option(
        "--stream", metavar="NAME", help="A stream's topics; with --key whole stories of it."
    ),
    click.option(
        "--from",
        "start",
        metavar="WHERE",
        help="beginning, -N (in each partition), an offset or a time.",
    ),
    click.option("--until", metavar="WHERE", help="end, an offset or a time."),
    click.option("--where", metavar="CEL", help="A condition, such as: value.amount > 100."),
)


def choice_options(*, with_topics: bool) -> Callable[[F], F]:
    """The options; topics are one of them where they are no arguments of the command."""

    def decorate(command: F) -> F:
        for option in reversed(_OPTIONS if with_topics else _OPTIONS[1:]):
            command = option(command)
        return command

    return decorate


def choice_of(options: dict[str, Any]) -> Choice:
    """What was typed for these options."""
    return Choice(**{name: options[name] for name in Choice.__slots__})


def choose(settings: Settings, source: Source, spec: SourceSpec, choice: Choice) -> Chosen:
    """The selection that is meant, its ends fixed where the source ends now.

    Raises:
        UsageError, SourceRefused: something of it does not exist, or a cluster's topics are not
            named.
    """
    existing = source.topics()
    streams = streams_of(settings.config.streams, [topic.name for topic in existing])
    stream = _stream(settings, source, choice)
    topics = _topics(source, spec, choice, existing, stream)
    until = None if choice.until is None else read_point(choice.until, settings.zone)
    picks = Picks(
        streams if stream is None else (stream, *streams),
        keys=tuple(map(bytes_of_text, choice.keys)),
        whole_story=stream is not None,
        until_ms=until_ms_of(until),
        where=None if choice.where is None else EventFilter(choice.where),
    )
    start = Beginning() if choice.start is None else read_point(choice.start, settings.zone)
    selection = select(source, topics, picks, start=start, until=until, asked=choice.asked)
    if stream is None:
        return Chosen(selection, streams, None)
    story = (choice.keys[0], stream) if len(choice.keys) == 1 else None
    return Chosen(selection, (stream, *streams), story)


def _stream(settings: Settings, source: Source, choice: Choice) -> Stream | None:
    """The stream that was named, or is guessed for a key whose topics were not."""
    if choice.stream is not None:
        return pick_stream(source, settings, "", choice.stream, None)
    if choice.keys and not choice.topics:
        return pick_stream(source, settings, choice.keys[0], None, None)
    return None


def _topics(
    source: Source,
    spec: SourceSpec,
    choice: Choice,
    existing: Sequence[TopicInfo],
    stream: Stream | None,
) -> tuple[TopicInfo, ...]:
    names = [topic.name for topic in existing if not topic.internal]
    if choice.topics:
        return find_topics(source, _matching(choice.topics, names, source.name))
    if stream is not None:
        return find_topics(source, tuple(t for t in stream.all_topics if t in names))
    if spec.kind == "kafka":
        raise UsageError(
            "Say which records of the cluster: topics ('*' is every one), --key or --stream."
        )
    return find_topics(source, tuple(names))


def _matching(said: Sequence[str], names: Sequence[str], source: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text in said:
        if not set(text) & set("*?["):
            found[text] = None
            continue
        matching = [name for name in names if fnmatchcase(name, text)]
        if not matching:
            raise SourceRefused(f"No topic of {source} is like {text!r}; `kstory topics` lists.")
        found |= dict.fromkeys(matching)
    return tuple(found)
