"""All dialects there are: the built-in ones, installed ones, and those of kstory.toml."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from readers.config_file import Table
from readers.errors import UsageError
from readers.plugins import plugins
from replay.deadletters.dialects import header_codecs, table
from replay.deadletters.dialects.dialect import Dialect
from replay.deadletters.dialects.headers import Column, Field, HeaderDialect
from replay.deadletters.dialects.installed import Installed
from replay.deadletters.dialects.ksqldb import KSQLDB
from replay.deadletters.dialects.smallrye import SMALLRYE
from replay.deadletters.dialects.spring import SPRING
from replay.deadletters.dialects.spring_embedded import SPRING_EMBEDDED
from replay.deadletters.dialects.uforwarder import UFORWARDER
from replay.deadletters.dialects.wolverine import WOLVERINE
from replay.reducers.foreign import Raised, Returned, call_here

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "kstory.dead_letters"
BUILT_IN: tuple[Dialect, ...] = (
    SPRING,
    SMALLRYE,
    WOLVERINE,
    *table.TABLE,
    SPRING_EMBEDDED,
    UFORWARDER,
    KSQLDB,
)
_CODECS: Mapping[Field, header_codecs.Codec] = {
    Field.TOPIC: header_codecs.name,
    Field.GROUP: header_codecs.name,
    Field.PARTITION: header_codecs.number,
    Field.OFFSET: header_codecs.number,
    Field.ATTEMPTS: header_codecs.number,
    Field.TIMESTAMP: header_codecs.time,
    Field.FAILED_AT: header_codecs.time,
}


def dialects_of(config: Table | None) -> tuple[Dialect, ...]:
    """The dialects that read letters: the configured ones, the installed ones, the built-in ones.

    Attributes:
        config: the table `dead_letters` of kstory.toml; None where there is none.

    Raises:
        ConfigError: the table holds an unknown name.
        UsageError: an installed dialect does not load.
    """
    return (*_configured(config), *installed_dialects(), *BUILT_IN)


def _configured(config: Table | None) -> tuple[Dialect, ...]:
    frameworks = None if config is None else config.table("frameworks")
    if frameworks is None:
        return ()
    tables = {name: frameworks.table(name) for name in frameworks.values}
    return tuple(
        _of_names(frameworks, name, table) for name, table in tables.items() if table is not None
    )


def _of_names(config: Table, name: str, headers: Table) -> HeaderDialect:
    """A dialect of header names: sure where all of them are there, likely where one is."""
    if name in {dialect.name for dialect in BUILT_IN}:
        raise config.error(name, "is built in; give your framework another name.")
    columns = {header: _column(headers, header) for header in headers.values}
    if not columns:
        raise config.error(name, 'names no header; write one as "x-failed-topic" = "topic".')
    likely = tuple(frozenset({header}) for header in columns)
    return HeaderDialect(name, columns, sure=(frozenset(columns),), likely=likely)


def _column(headers: Table, header: str) -> Column:
    meaning = headers.text(header)
    known = {field.value: field for field in Field}
    if meaning not in known:
        raise headers.error(header, f"must be one of {', '.join(known)}.")
    return Column(known[meaning], _CODECS.get(known[meaning], header_codecs.text))


@lru_cache
def installed_dialects() -> tuple[Dialect, ...]:
    """Those of other packages, loaded once: what is known of an object stays known.

    Raises:
        UsageError: one does not load.
    """
    return tuple(map(_loaded, plugins(GROUP)))


def _loaded(entry: "EntryPoint") -> Dialect:
    match call_here(entry.load):
        case Returned(dialect):
            missing = [name for name in ("name", "read", "owns") if not hasattr(dialect, name)]
            if missing:
                raise UsageError(
                    f"The dead-letter dialect {entry.name} ({entry.value}) has no "
                    f"{' and no '.join(missing)}; fix it or uninstall it."
                )
            return Installed(dialect)
        case Raised(error):
            raise UsageError(
                f"The dead-letter dialect {entry.name} ({entry.value}) does not load: {error}."
            )
