"""`kstory trust`: lets this folder's kstory.toml name code to run, as it is now."""

from pathlib import Path

import click

from readers.config_file import FILE_NAME
from readers.errors import UsageError
from readers.trust import forget
from readers.trust import trust as trust_content
from tui.options import source_options
from tui.output import note


@click.command("trust")
@click.option("--forget", "take_back", is_flag=True, help="Take the trust back.")
@source_options
def trust(take_back: bool) -> None:
    """Let ./kstory.toml name code and commands, until its content changes."""
    path = Path.cwd() / FILE_NAME
    if take_back:
        note(f"{path} is not trusted any more." if forget(path) else f"{path} was not trusted.")
        return
    if not path.is_file():
        raise UsageError(f"There is no {FILE_NAME} in this folder.")
    trust_content(path, path.read_bytes())
    note(f"{path} may name code and commands, as long as its content stays as it is now.")
