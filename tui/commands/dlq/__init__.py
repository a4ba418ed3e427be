"""`kstory dlq`: dead letters, from how many kinds there are to sending them back."""

import importlib

import click

from tui.options import json_option, pass_settings, source_options, writes_option
from tui.settings import Settings

COMMANDS = ("edit", "ignore", "log", "ls", "reopen", "republish", "resolve", "show")
"""Each is `tui.commands.dlq.NAME`, or in the module beside it, imported when it is used."""
_HOMES = {"ignore": "noting", "reopen": "noting", "resolve": "noting"}


class DlqCommands(click.Group):
    """The commands on dead letters."""

    def list_commands(self, context: click.Context) -> list[str]:
        """All names, sorted."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of this name."""
        return load(name) if name in COMMANDS else None


def load(name: str) -> click.Command:
    """One of the commands, imported."""
    module = importlib.import_module(f"tui.commands.dlq.{_HOMES.get(name, name)}")
    command = getattr(module, name)
    assert isinstance(command, click.Command)
    return command


@click.group("dlq", cls=DlqCommands, invoke_without_command=True)
@source_options
@json_option
@writes_option
@pass_settings
@click.pass_context
def dlq(context: click.Context, settings: Settings) -> None:
    """See what failed, mend it, and send it back; alone it lists the kinds of failures."""
    del settings
    if context.invoked_subcommand is None:
        context.invoke(load("ls"))
