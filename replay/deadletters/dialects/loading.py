"""All dialects there are: the built-in ones, installed ones, and those of kstory.toml."""

from readers.config_file import Table
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.spring import SPRING
from replay.deadletters.dialects.table import TABLE

GROUP = "kstory.dead_letters"
BUILT_IN: tuple[Dialect, ...] = (SPRING, *TABLE)


def dialects_of(config: Table | None) -> tuple[Dialect, ...]:
    """The dialects that read letters, the configured ones first.

    Raises:
        ConfigError: the table holds an unknown name.
        UsageError: an installed dialect does not load.
    """
    return BUILT_IN
