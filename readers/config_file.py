"""kstory.toml: found, read, checked for names it may not hold, and trusted or not.

Two files are read: the user's own, and the working directory's, whose tables win. The working
directory's may say what to read; it names no code and no command that is run until it is trusted.

The parser, and what is trusted, are loaded with the first file there is: without one they took 5 ms
of each command.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import platformdirs

from readers.errors import ConfigError

FILE_NAME = "kstory.toml"
_TABLES = frozenset({"profiles", "streams", "ui", "dead_letters"})
_KEYS = frozenset({"default_profile"})
_UI_KEYS = frozenset({"zone"})
_DEAD_LETTER_KEYS = frozenset({"topics", "frameworks", "rules", "in_app"})
_LARGEST = 1e12
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file: `values` by key, and where it stands, for errors.

    Attributes:
        may_run: code and commands that it names may be run.
        readable_by_others: the file's mode lets other users of the machine read it.
    """

    file: Path
    name: str
    values: Mapping[str, object]
    may_run: bool
    readable_by_others: bool = False

    def error(self, key: str, problem: str) -> ConfigError:
        """An error that names the file, the table and the key."""
        table = f" [{self.name}]" if self.name else ""
        return ConfigError(f"{self.file}:{table} {key}: {problem}")

    def text(self, key: str) -> str | None:
        """The value as text, `${NAME}` taken from the environment; None where it is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.error(key, "must be a text in quotes.")
        return self.expand(key, value)

    def texts(self, key: str) -> tuple[str, ...] | None:
        """A text, or a list of texts; None where it is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        texts = []
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, str):
                raise self.error(key, "must be a text, or a list of texts.")
            texts.append(self.expand(key, item))
        return tuple(texts)

    def flag(self, key: str) -> bool:
        """A truth value; false where it is absent."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.error(key, "must be true or false.")
        return value

    def number(self, key: str, default: float) -> float:
        """A number of zero or more."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(key, "must be a number of zero or more.")
        if not 0 <= value <= _LARGEST:
            raise self.error(key, "must be a number from zero to 1e12.")
        return float(value)

    def table(self, key: str) -> "Table | None":
        """A table in this one; None where it is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(key, f"must be a table, [{self.name}.{key}].")
        return replace(self, name=f"{self.name}.{key}", values=value)

    def check_keys(self, known: frozenset[str]) -> None:
        """Refuse keys that mean nothing here."""
        for key in self.values:
            if key not in known:
                raise self.error(key, f"is unknown; known are {', '.join(sorted(known))}.")

    def expand(self, key: str, text: str) -> str:
        """The text with `${NAME}` taken from the environment."""

        def value_of(match: re.Match[str]) -> str:
            name = match[1]
            if name not in os.environ:
                raise self.error(key, f"the environment variable {name} is not set.")
            return os.environ[name]

        return _VARIABLE.sub(value_of, text)


@dataclass(frozen=True, slots=True)
class Config:
    """What the configuration files say, table by table."""

    profiles: Mapping[str, Table]
    streams: Mapping[str, Table]
    ui: Table | None = None
    default_profile: str | None = None
    dead_letters: Table | None = None


def user_config_file() -> Path:
    """Where the user's own configuration is looked for."""
    return platformdirs.user_config_path("kstory") / FILE_NAME


def read_config(directory: Path) -> Config:
    """The user's configuration, and over it that of the working directory.

    Raises:
        ConfigError: a file cannot be read, is no TOML, or holds an unknown name.
    """
    config = Config({}, {})
    default_in: Path | None = None
    own = user_config_file()
    for path, is_own in ((own, True), (directory / FILE_NAME, False)):
        if path.is_file() and (is_own or path.resolve() != own.resolve()):
            read = _read(path, is_own)
            default_in = path if read.default_profile else default_in
            config = _over(config, read)
    if config.default_profile and config.default_profile not in config.profiles:
        known = ", ".join(sorted(config.profiles)) or "none"
        raise ConfigError(
            f"{default_in}: default_profile: there is no profile {config.default_profile!r}; "
            f"known are {known}."
        )
    return config


def _over(below: Config, above: Config) -> Config:
    return Config(
        profiles={**below.profiles, **above.profiles},
        streams={**below.streams, **above.streams},
        ui=above.ui or below.ui,
        default_profile=above.default_profile or below.default_profile,
        dead_letters=above.dead_letters or below.dead_letters,
    )


def _parsed(path: Path) -> tuple[bytes, dict[str, Any]]:
    """The file's bytes, and what they say, with known names only at the top."""
    import tomllib

    try:
        content = path.read_bytes()
        data = tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: is no valid TOML: {error}.") from error
    for name in data:
        if name not in _TABLES | _KEYS:
            known = ", ".join(sorted(_TABLES | _KEYS))
            raise ConfigError(f"{path}: {name}: is unknown; known are {known}.")
    return content, data


def _read(path: Path, is_own: bool) -> Config:
    from readers.trust import is_trusted

    content, data = _parsed(path)
    may_run = is_own or is_trusted(path, content)
    exposed = bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))

    def tables(kind: str) -> dict[str, Table]:
        return {
            name: Table(path, f"{kind}.{name}", values, may_run, exposed)
            for name, values in _subtables(path, kind, data.get(kind, {})).items()
        }

    def single(kind: str, known: frozenset[str]) -> Table | None:
        if kind not in data:
            return None
        if not isinstance(data[kind], dict):
            raise ConfigError(f"{path}: {kind}: must be a table, [{kind}].")
        table = Table(path, kind, data[kind], may_run, exposed)
        table.check_keys(known)
        return table

    return Config(
        tables("profiles"),
        tables("streams"),
        single("ui", _UI_KEYS),
        Table(path, "", data, may_run).text("default_profile"),
        single("dead_letters", _DEAD_LETTER_KEYS),
    )


def _subtables(path: Path, kind: str, value: Any) -> dict[str, dict[str, object]]:
    if not isinstance(value, dict) or not all(isinstance(table, dict) for table in value.values()):
        raise ConfigError(f"{path}: {kind}: must hold tables, such as [{kind}.NAME].")
    return value
