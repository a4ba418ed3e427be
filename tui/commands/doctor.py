"""`kstory doctor`: is the source reachable and readable, step by step, with the remedy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click

from readers.errors import KstoryError, SourceError
from readers.source import Source, TopicInfo
from replay.stream_config import streams_of
from tui.opening import opened
from tui.options import json_option, pass_settings, source_options
from tui.output import print_json, print_lines
from tui.settings import Settings

CHECK_FAILED = 1
SOURCE_FAILED = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: what was found, or what to do about it.

    Attributes:
        is_source: it failed because the source could not be reached, or refused.
    """

    name: str
    ok: bool
    text: str
    is_source: bool = False


@click.command("doctor")
@json_option
@source_options
@pass_settings
@click.pass_context
def doctor(context: click.Context, settings: Settings) -> None:
    """Check the configuration, the connection and the permissions, in this order."""
    checks = []
    for check in _checks(settings):
        checks.append(check)
        if settings.as_json:
            print_json({"check": check.name, "ok": check.ok, "text": check.text})
        else:
            print_lines([f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.text}"])
    failed = [check for check in checks if not check.ok]
    if any(check.is_source for check in failed):
        context.exit(SOURCE_FAILED)
    if failed:
        context.exit(CHECK_FAILED)


def _checks(settings: Settings) -> Iterator[Check]:
    """Each check rests on those before it: the first that fails is the last."""
    steps: tuple[tuple[str, Callable[[], str]], ...] = (
        ("configuration", lambda: _configuration(settings)),
        ("source", lambda: _source(settings)),
    )
    for name, look in steps:
        check = _checked(name, look)
        yield check
        if not check.ok:
            return
    try:
        with opened(settings) as source:
            yield from _source_checks(settings, source)
    except KstoryError as error:
        yield Check("connection", False, str(error), isinstance(error, SourceError))


def _checked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except KstoryError as error:
        return Check(name, False, str(error), isinstance(error, SourceError))


def _configuration(settings: Settings) -> str:
    config = settings.config
    return f"{len(config.profiles)} profiles, {len(config.streams)} streams"


def _source(settings: Settings) -> str:
    spec = settings.spec
    profile = f", profile {spec.profile}" if spec.profile else ""
    writes = "may be written to" if spec.allow_writes else "read only"
    return f"{spec.kind} {spec.address}{profile}, {writes}"


def _source_checks(settings: Settings, source: Source) -> Iterator[Check]:
    topics = [topic for topic in source.topics() if not topic.internal]
    yield Check("connection", True, f"{source.name} answered; cluster {source.cluster_id}")
    if not topics:
        yield Check("topics", False, "no topic can be seen; is DESCRIBE allowed on them?")
        return
    yield Check("topics", True, f"{len(topics)} can be seen")
    denied = [topic for topic in topics if topic.error is not None]
    for topic in denied:
        yield Check(f"topic {topic.name}", False, topic.error or "")
    yield _checked("reading", lambda: _read_one(source, topics))
    names = [topic.name for topic in topics]
    yield _checked("streams", lambda: _streams(settings, names))


def _read_one(source: Source, topics: list[TopicInfo]) -> str:
    """Read the last record of the fullest topic that can be read."""
    readable = [topic for topic in topics if topic.error is None]
    fullest = max(readable, key=lambda topic: topic.offsets_count, default=None)
    if fullest is None or not fullest.offsets_count:
        return "no topic holds a record that could be read"
    span = max(fullest.spans, key=lambda span: span.width)
    for batch in source.read([span]):
        if batch.records:
            return f"a record of {fullest.name} p{span.partition} was read"
    return f"{fullest.name} p{span.partition} holds no record that is still kept"


def _streams(settings: Settings, names: list[str]) -> str:
    streams = streams_of(settings.config.streams, names)
    said = (f"{s.name}{' (guessed)' if s.guessed else ''}" for s in streams)
    return ", ".join(said) or "none"
