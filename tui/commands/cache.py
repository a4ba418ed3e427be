"""`kstory cache`: what searches of clusters have found out, and how to forget it."""

from collections.abc import Iterator, Sequence

import click
from rich.filesize import decimal

from readers.errors import NothingThere, UsageError
from readers.search_cache.cache import SearchCache
from readers.search_cache.index_pass import IndexBuild, Indexed, indexes_keys
from readers.search_cache.topics import CachedTopic
from readers.source import Source
from tui.collector import collecting_rarely
from tui.opening import find_topics, opened
from tui.options import json_option, pass_settings, source_options
from tui.output import note, print_json, print_lines
from tui.progress import SearchProgress
from tui.settings import Settings, cache_folder

NOT_ALL = 1
_HEAD = ("topic", "cluster", "keys", "ranges", "offsets", "indexed")
_TEXT_COLUMNS = 2


@click.group("cache", invoke_without_command=True)
@json_option
@pass_settings
@click.pass_context
def cache(context: click.Context, settings: Settings) -> None:
    """Show what is remembered of searches, so that the next one reads only what is new.

    Of each key that was searched: which offsets were read, and about where its records lie; of a
    topic that was indexed, about where each of its keys lies. Keys are kept as digests. It can be
    forgotten at any time; then searches read all again.
    """
    if context.invoked_subcommand is not None:
        return
    kept = SearchCache(cache_folder())
    if settings.as_json:
        print_json(_document(kept, kept.topics()))
    else:
        print_lines(_lines(kept, kept.topics()))


@cache.command("index")
@click.argument("topics", nargs=-1, required=True, metavar="TOPIC...")
@json_option
@source_options
@pass_settings
@click.pass_context
def index(context: click.Context, settings: Settings, topics: tuple[str, ...]) -> None:
    """Read all of a topic once, and note about where each key lies.

    From then on a search for any key reads only those places, and what came since; run it again
    to index that too. Stopped, it keeps what it has read.
    """
    with collecting_rarely(), opened(settings) as source:
        built = _build(source, topics)
    if settings.as_json:
        print_json(*map(_indexed_document, built))
    else:
        print_lines(map(_indexed_line, built))
    if not all(each.is_whole for each in built):
        context.exit(NOT_ALL)


@cache.command("clear")
@click.argument("topic", required=False)
@json_option
@pass_settings
def clear(settings: Settings, topic: str | None) -> None:
    """Forget what is remembered, of one topic or of all; `--json` prints what is left."""
    kept = SearchCache(cache_folder())
    if topic is not None and topic not in {each.topic for each in kept.topics()}:
        raise NothingThere(f"Nothing is remembered of {topic}; see kstory cache.")
    try:
        kept.forget(topic)
    except OSError as error:
        raise UsageError(f"{kept.path} cannot be removed: {error.strerror}.") from error
    if settings.as_json:
        print_json(_document(kept, kept.topics()))
    else:
        note(f"{topic or 'Everything'} is forgotten.")


def _build(source: Source, topics: tuple[str, ...]) -> tuple[Indexed, ...]:
    if not indexes_keys(source):
        raise UsageError(
            f"{source.name} needs no index on this machine: its keys are found without one."
        )
    build = IndexBuild(source, find_topics(source, tuple(dict.fromkeys(topics))))
    with SearchProgress("indexed") as progress:
        for step in build.steps():
            progress.show(step)
            for notice in step.notices:
                progress.clear()
                note(notice.text)
    return build.told()


def _indexed_document(built: Indexed) -> dict[str, object]:
    return {
        "topic": built.topic,
        "offsets": built.offsets,
        "indexed": built.now,
        "new": built.added,
        "complete": built.is_whole,
    }


def _indexed_line(built: Indexed) -> str:
    if built.is_whole:
        return f"{built.topic}: all {built.offsets:,} offsets are indexed, {built.added:,} new."
    said = f"{built.topic}: {built.now:,} of {built.offsets:,} offsets are indexed"
    if built.room < built.offsets:
        return f"{said}; there is room for the newest {built.room:,}. Searches read the others."
    return f"{said}; the others cannot be read by whole batches. Searches read them."


def _document(kept: SearchCache, topics: Sequence[CachedTopic]) -> dict[str, object]:
    return {
        "path": str(kept.path),
        "size_bytes": kept.size_bytes,
        "max_bytes": kept.max_bytes,
        "topics": [
            {
                "topic": each.topic,
                "cluster": each.cluster_id,
                "topic_id": each.topic_id,
                "keys": each.keys,
                "ranges": each.ranges,
                "offsets": each.offsets,
                "indexed": each.index.offsets if each.index else 0,
                "size_bytes": each.size_bytes,
            }
            for each in topics
        ],
    }


def _lines(kept: SearchCache, topics: Sequence[CachedTopic]) -> Iterator[str]:
    """Where it is and how large, and a table that is as wide as it has to be."""
    yield f"{kept.path}: {decimal(kept.size_bytes)} of {decimal(kept.max_bytes)} at most"
    if not topics:
        yield "Nothing is remembered."
        return
    rows = [_HEAD, *map(_row, topics)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = (
            text.ljust(width) if column < _TEXT_COLUMNS else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
    yield "Offsets count once for each key; kstory cache clear [TOPIC] forgets."


def _row(topic: CachedTopic) -> tuple[str, ...]:
    numbers = (topic.keys, topic.ranges, topic.offsets, topic.index.offsets if topic.index else 0)
    return (topic.topic, topic.cluster_id, *(f"{number:,}" for number in numbers))
