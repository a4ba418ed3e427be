"""The command line: finds the command, and turns every failure into one sentence and a code."""

import importlib
import keyword
import os
import sys
import traceback
from collections.abc import Callable
from typing import TypeVar

import click

from readers.errors import KstoryError, NothingThere, SourceError
from tui.options import json_option, pass_settings, reducer_option, source_options, writes_option
from tui.output import ReaderGone, note
from tui.settings import Settings

F = TypeVar("F", bound=Callable[..., object])
COMMANDS = (
    "bisect", "blame", "cache", "demo", "diff", "dlq", "doctor", "export", "import", "moves",
    "record", "replay", "state", "story", "tail", "topics", "trust",
)  # fmt: skip
"""Each is `tui.commands.NAME`, imported when it is used; `NAME_` where Python has the word."""
ANSWER_IS_NO = 1
WRONG_USE = 2
SOURCE_FAILED = 3
INTERRUPTED = 130


class Commands(click.Group):
    """The commands; a word that is none of them is what the screen opens at."""

    def list_commands(self, context: click.Context) -> list[str]:
        """All names, sorted."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of this name."""
        if name not in COMMANDS:
            return None
        word = f"{name}_" if keyword.iskeyword(name) else name
        command = getattr(importlib.import_module(f"tui.commands.{word}"), word)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A command, or the screen at what was named.

        Raises:
            UsageError: it looks like a command written wrong.
        """
        name, *rest = arguments
        if name in COMMANDS or name.startswith("-"):
            return super().resolve_command(context, arguments)
        from difflib import get_close_matches  # loaded for who mistyped, not with every command

        close = get_close_matches(name, COMMANDS, n=1, cutoff=0.75)
        if close or (rest and not rest[0].startswith("-")):
            hint = f" Did you mean {close[0]}?" if close else f" Known: {', '.join(COMMANDS)}."
            raise click.UsageError(f"There is no command {name!r}.{hint}")
        return name, _screen_at(name), rest


def screen_options(command: F) -> F:
    """What the screen is opened with."""
    return source_options(reducer_option(json_option(writes_option(command))))


def _screen_at(target: str) -> click.Command:
    @click.command(target)
    @screen_options
    @pass_settings
    def open_at(settings: Settings) -> None:
        _open(settings, target)

    return open_at


def _open(settings: Settings, target: str | None) -> None:
    from tui.commands.screen import open_screen

    open_screen(settings, target)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="A word that is no command opens the screen at that topic, position or aggregate.",
)
@click.version_option(package_name="kstory")
@screen_options
@pass_settings
@click.pass_context
def kstory(context: click.Context, settings: Settings) -> None:
    """Read a Kafka event stream like a story.

    Without a command it opens the screen on the source: a cluster, a recording, or the embedded
    demo where none is named.
    """
    if context.invoked_subcommand is None:
        _open(settings, None)
    elif settings.reducer is not None:
        _refuse_reducer(context, context.invoked_subcommand)


def _refuse_reducer(context: click.Context, name: str) -> None:
    """What folds nothing says so, before it does what was not meant."""
    command = kstory.get_command(context, name)
    if command is not None and all(option.name != "reducer" for option in command.params):
        raise click.UsageError(f"kstory {name} takes no --reducer: it folds nothing by it.")


def main() -> None:
    """The entry point of the command `kstory`."""
    settings = Settings()
    sys.exit(run(lambda: kstory.main(standalone_mode=False, obj=settings), settings))


def run(command: Callable[[], object], settings: Settings) -> int:
    """Run a command and give its exit code; what went wrong is one sentence on stderr."""
    try:
        code = command()
    except KstoryError as error:
        return _failed(error, settings)
    except click.ClickException as error:
        note(f"kstory: {error.format_message()}")
        return WRONG_USE
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except ReaderGone:
        if sys.stdout is not None:  # what Python would flush at its end has nowhere to go either
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last resort: reported, never shown raw
        return _crashed(error, settings)
    return code if isinstance(code, int) else 0


def _failed(error: KstoryError, settings: Settings) -> int:
    _trace(settings)
    note(f"kstory: {error}")
    if isinstance(error, NothingThere):
        return ANSWER_IS_NO
    return SOURCE_FAILED if isinstance(error, SourceError) else WRONG_USE


def _crashed(error: Exception, settings: Settings) -> int:
    from tui.commands.screen import CRASHED
    from tui.crash import Reported, report_crash

    _trace(settings)
    note(str(error) if isinstance(error, Reported) else report_crash(error))
    return CRASHED


def _trace(settings: Settings) -> None:
    if settings.debug:
        for line in traceback.format_exc().splitlines():
            note(line)
