"""The options that every command takes, wherever on the line they stand."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from readers.profiles import parse_properties
from tui.settings import Settings

F = TypeVar("F", bound=Callable[..., object])


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> object:
    """Keep what was said, for all commands alike; the last one said counts."""
    settings = context.find_root().ensure_object(Settings)
    given = context.get_parameter_source(parameter.name or "")
    if given is click.core.ParameterSource.COMMANDLINE:
        if isinstance(value, tuple):
            settings.properties.update(parse_properties(value))
        else:
            setattr(settings, parameter.name or "", value)
    return value


def _shared(*names: str, **attributes: object) -> Callable[[F], F]:
    return click.option(*names, expose_value=False, callback=_remember, **attributes)  # type: ignore[arg-type]


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate < math.inf:
        raise click.BadParameter(
            f"{text!r} is no rate; write megabytes a second, such as 10 or 0.5."
        )
    return rate


_OPTIONS = (
    _shared(
        "-s", "--source", "source", metavar="SOURCE",
        help="host:port[,host:port], a profile of kstory.toml, or a recording's path.",
    ),
    _shared(
        "-X", "properties", metavar="NAME=VALUE", multiple=True,
        help="Any librdkafka property; may be repeated.",
    ),
    _shared(
        "--client-properties", type=click.Path(path_type=Path), metavar="FILE",
        help="A Java client.properties or a kcat configuration file.",
    ),
    _shared(
        "--max-rate", "max_mb_per_s", type=_rate, metavar="MB",
        help="Take at most so many megabytes a second from a cluster.",
    ),
    _shared(
        "--no-cache", is_flag=True,
        help="Read what earlier searches have read, too; see kstory cache.",
    ),
    _shared("--local/--utc", "local_time", default=None, help="The zone of times; UTC by default."),
    _shared("--debug", is_flag=True, help="Show the traceback of an error."),
)  # fmt: skip


def source_options(command: F) -> F:
    """Where records come from, and how times are shown."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


everywhere_option = click.option(
    "--all-partitions", "everywhere", is_flag=True,
    help="Search a key in partitions, too, that its hash rules out.",
)  # fmt: skip
json_option = _shared("--json", "as_json", is_flag=True, help="Machine-readable output.")
reducer_option = _shared(
    "--reducer",
    metavar="NAME|FILE.py:NAME",
    help="The reducer that folds, and narrates.",
)
writes_option = _shared(
    "--allow-writes", is_flag=True, help="Let kstory write to the source; it never does without."
)


def stream_options(command: F) -> F:
    """Which topics tell the story."""
    by_topics = click.option(
        "--topics", metavar="A,B", help="The topics that tell the story, instead of a stream."
    )
    by_name = click.option("--stream", metavar="NAME", help="A stream of kstory.toml, or a guess.")
    return by_name(by_topics(command))


pass_settings = click.make_pass_decorator(Settings, ensure=True)
