"""`[streams.NAME]` of a kstory.toml → streams; what it does not say keeps its default."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from readers.config_file import Table
from readers.errors import UsageError
from replay.locator import Locator
from replay.reducers.naming import is_file
from replay.stream_guess import guess_streams
from replay.streams import (
    DEFAULT_EVENT_ID,
    DEFAULT_GAP_MS,
    DEFAULT_REDUCER_MEMORY_MB,
    DEFAULT_REDUCER_TIMEOUT_MS,
    DEFAULT_TYPE,
    Stream,
)

_KEYS = frozenset(
    {"topics", "dead_letters", "id", "type", "event_id", "time", "reducer", "reducer_timeout_ms",
     "reducer_memory_mb", "gap_s", "step_gaps_s"}
)  # fmt: skip
_LEAST_MEMORY_MB = 256
"""Python itself, its threads and the allocator's reserve take 150 MB of address space."""


def streams_of(tables: Mapping[str, Table], topic_names: Iterable[str]) -> tuple[Stream, ...]:
    """The configured streams, then guesses about the topics that none of them names.

    Raises:
        ConfigError: a table says something that cannot be.
    """
    names = set(topic_names)
    configured = tuple(_stream(name, table, names) for name, table in tables.items())
    named = {topic for stream in configured for topic in stream.all_topics}
    return configured + guess_streams(names - named)


def _stream(name: str, table: Table, topic_names: set[str]) -> Stream:
    table.check_keys(_KEYS)
    topics = table.texts("topics")
    if not topics:
        raise table.error("topics", "is missing; name one topic or more.")
    letters = table.texts("dead_letters")
    if letters is None:
        guessed = guess_streams({*topic_names, *topics})
        letters = tuple(
            letter for s in guessed if set(s.topics) & set(topics) for letter in s.dead_letters
        )
    time = _locators(table, "time", ())
    reducer, refused = _reducer(table)
    return Stream(
        name=name,
        topics=topics,
        dead_letters=letters,
        aggregate_id=_locators(table, "id", (Locator("key"),)),
        event_type=_locators(table, "type", DEFAULT_TYPE),
        event_id=_locators(table, "event_id", DEFAULT_EVENT_ID),
        time=time[0] if time else None,
        reducer=reducer,
        reducer_refused=refused,
        reducer_timeout_ms=_limit(table, "reducer_timeout_ms", DEFAULT_REDUCER_TIMEOUT_MS, 1),
        reducer_memory_mb=_limit(
            table, "reducer_memory_mb", DEFAULT_REDUCER_MEMORY_MB, _LEAST_MEMORY_MB
        ),
        gap_ms=round(table.number("gap_s", DEFAULT_GAP_MS / 1000) * 1000),
        step_gaps_ms=_step_gaps(table),
        guessed=False,
    )


def _locators(table: Table, key: str, default: tuple[Locator, ...]) -> tuple[Locator, ...]:
    texts = table.texts(key)
    if texts is None:
        return default
    try:
        return tuple(map(Locator.parse, texts))
    except UsageError as error:
        raise table.error(key, str(error)) from error


def _reducer(table: Table) -> tuple[str | None, str | None]:
    """The reducer's name, and why it may not be run, if it may not."""
    reducer = table.text("reducer")
    if reducer is None or not is_file(reducer):
        return reducer, None
    # A file is named relative to the configuration that names it, not to where one stands.
    path = str(table.file.parent / Path(reducer).expanduser())
    if table.may_run:
        return path, None
    refused = "names code, which is not run from this folder until you run `kstory trust`."
    return path, str(table.error("reducer", refused))


def _limit(table: Table, key: str, default: int, least: int) -> int:
    limit = round(table.number(key, default))
    if limit < least:
        raise table.error(key, f"must be {least} or more.")
    return limit


def _step_gaps(table: Table) -> dict[tuple[str, str], int]:
    steps = table.values.get("step_gaps_s", {})
    if not isinstance(steps, dict):
        raise table.error("step_gaps_s", 'must be a table, such as { "A>B" = 5 }.')
    gaps = {}
    for step, seconds in steps.items():
        before, arrow, after = step.partition(">")
        is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not arrow or not is_number or not 0 <= seconds < math.inf:
            raise table.error("step_gaps_s", f'{step}: write "TYPE>TYPE" = seconds.')
        gaps[before.strip(), after.strip()] = round(seconds * 1000)
    return gaps
