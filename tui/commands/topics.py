"""`kstory topics`: what there is, how much, and which topics look like dead letters."""

from collections.abc import Collection, Iterator, Sequence

import click
from rich.filesize import decimal

from readers.source import Source, TopicInfo
from replay.deadletters.detection import find_letter_topics
from replay.deadletters.dialects.loading import dialects_of
from replay.deadletters.topics import configured_letter_topics
from replay.event_json import rfc3339
from tui.opening import opened
from tui.options import json_option, pass_settings, source_options
from tui.output import print_json, print_lines
from tui.render.times import Zone, ago, date_and_time
from tui.settings import Settings, now_ms

_HEAD = ("topic", "partitions", "records", "size", "last write", "", "")


@click.command("topics")
@click.option("--all", "with_internal", is_flag=True, help="Internal topics too.")
@json_option
@source_options
@pass_settings
def topics(settings: Settings, with_internal: bool) -> None:
    """List the topics."""
    print_topics(settings, with_internal=with_internal)


def print_topics(settings: Settings, *, with_internal: bool) -> None:
    """Print the topics of the source."""
    with opened(settings) as source:
        found = [t for t in source.topics() if with_internal or not t.internal]
        letters = letter_topic_names(source, found, settings)
    if settings.as_json:
        print_json(*(topic_document(topic, letters) for topic in found))
    else:
        print_lines(topic_lines(found, letters, settings.zone, now_ms()))


def letter_topic_names(
    source: Source, listed: Sequence[TopicInfo], settings: Settings
) -> frozenset[str]:
    """Which of these topics hold dead letters; see `find_letter_topics`."""
    config = settings.config
    configured, dialects = configured_letter_topics(config), dialects_of(config.dead_letters)
    found = find_letter_topics(source, configured, dialects, listed=listed)
    return frozenset(topic.name for topic in found)


def topic_document(topic: TopicInfo, letters: Collection[str]) -> dict[str, object]:
    """A topic in JSON; `records` counts offsets, of which some may hold no record any more."""
    return {
        "topic": topic.name,
        "partitions": len(topic.partitions),
        "records": topic.offsets_count,
        "size_bytes": topic.size_bytes,
        "last_write": rfc3339(topic.last_write_ms),
        "dead_letters": topic.name in letters,
        "internal": topic.internal,
        "error": topic.error,
    }


def topic_lines(
    topics: Sequence[TopicInfo], letters: Collection[str], zone: Zone, at_ms: int
) -> Iterator[str]:
    """A table as wide as it has to be, and what its times are; `letters` hold dead letters."""
    rows = [_HEAD, *(_row(topic, topic.name in letters, zone, at_ms) for topic in topics)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = (
            text.rjust(width) if column in (1, 2, 3) else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
    yield f"{len(topics)} topics; times are {zone.name}."


def _row(topic: TopicInfo, is_letters: bool, zone: Zone, at_ms: int) -> tuple[str, ...]:
    return (
        topic.name,
        str(len(topic.partitions)),
        f"{topic.offsets_count:,}",
        "—" if topic.size_bytes is None else decimal(topic.size_bytes),
        date_and_time(topic.last_write_ms, zone),
        ago(topic.last_write_ms, at_ms),
        topic.error or ("dead letters" if is_letters else ""),
    )
