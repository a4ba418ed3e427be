"""Which source is meant: an address, a profile, a file, or none; and with what properties."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from readers.config_file import Config, Table
from readers.errors import SourceRefused, UsageError
from readers.plugins import plugins

Kind = Literal["kafka", "recording", "plugin", "demo"]
_ADDRESSES = re.compile(
    r"(?:(?:[\w.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5})(?:,(?:[\w.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5})*"
)
_OWN_KEYS = frozenset({"allow_writes", "production", "password_command", "recording"})
_SECRETS = ("password", "secret", "token", "user.info", "key.pem")
_COMMAND_TIMEOUT_S = 30.0
SOURCES_GROUP = "kstory.sources"


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source said in full.

    Attributes:
        address: bootstrap servers, a path, or what follows a plug-in's name and colon.
        properties: librdkafka's names and values; they hold secrets.
        allow_writes: the profile, or the command line, says that it may be written to.
        production: the profile says to be careful.
        plugin: the entry point that opens it, for the kind `plugin`.
        max_bytes_per_s: what may be taken from a cluster; None is as fast as it goes.
        cache_folder: where searches of a cluster are remembered; None remembers nothing.
    """

    kind: Kind
    address: str
    properties: Mapping[str, str] = field(default_factory=dict, repr=False)
    profile: str | None = None
    allow_writes: bool = False
    production: bool = False
    plugin: str | None = None
    max_bytes_per_s: int | None = None
    cache_folder: Path | None = None

    def with_properties(self, more: Mapping[str, str]) -> "SourceSpec":
        """The same source with further properties, which win."""
        return replace(self, properties={**self.properties, **more})


DEMO = SourceSpec("demo", "demo")


def resolve_source(
    text: str | None, config: Config, *, environment: Mapping[str, str]
) -> SourceSpec:
    """What `--source` means; without it `KSTORY_SOURCE`, the default profile, then the demo.

    Raises:
        UsageError, ConfigError: it means nothing, or the profile it names is wrong.
        SourceRefused: it is a path, and no file is there.
    """
    said = text or environment.get("KSTORY_SOURCE") or config.default_profile
    if not said:
        return DEMO
    if said in config.profiles:
        return read_profile(said, config.profiles[said])
    return _plugin(said) or _address_or_file(said, config)


def _check_ports(addresses: str) -> None:
    """Refuse what is no port: the client would take another, by its remainder."""
    for address in addresses.split(","):
        port = address.rpartition(":")[2]
        if not 0 < int(port) < 65536:
            raise UsageError(f"{address}: {port} is no port; it is a number from 1 to 65535.")


def _plugin(said: str) -> SourceSpec | None:
    name, colon, rest = said.partition(":")
    if not colon or not plugins(SOURCES_GROUP, name):
        return None
    return SourceSpec("plugin", rest, plugin=name)


def _address_or_file(said: str, config: Config) -> SourceSpec:
    path = os.path.expanduser(said)
    if os.path.exists(path):
        return SourceSpec("recording", path)
    if _ADDRESSES.fullmatch(said):
        _check_ports(said)
        return SourceSpec("kafka", said)
    if "/" in said or said.startswith("~"):
        raise SourceRefused(f"There is no recording at {said}; check the path.")
    if Path(said).suffix:
        raise SourceRefused(
            f"There is no recording at {said}; check the path, or add the port of an address."
        )
    from difflib import get_close_matches

    close = get_close_matches(said, config.profiles, n=1)
    hint = f" Did you mean {close[0]}?" if close else _known(config.profiles)
    raise UsageError(f"{said!r} is no host:port, no profile of a kstory.toml, and no file.{hint}")


def _known(profiles: Sequence[str] | Mapping[str, Table]) -> str:
    return f" Profiles: {', '.join(sorted(profiles))}." if profiles else ""


def read_profile(name: str, table: Table) -> SourceSpec:
    """The source that a profile describes.

    Raises:
        ConfigError: a value is wrong, a secret lies open, or a command is not trusted.
    """
    flat = _flatten(table, dict(table.values))
    spec = SourceSpec(
        "recording",
        "",
        profile=name,
        allow_writes=table.flag("allow_writes"),
        production=table.flag("production"),
    )
    recording = table.text("recording")
    if recording is not None:
        table.check_keys(_OWN_KEYS)
        return replace(spec, address=str(table.file.parent / Path(recording).expanduser()))
    properties = {key: value for key, value in flat.items() if key not in _OWN_KEYS}
    _refuse_open_secrets(table, flat)
    expanded = {key: table.expand(key, value) for key, value in properties.items()}
    password = _password(table)
    if password is not None:
        expanded["sasl.password"] = password
    address = expanded.pop("bootstrap.servers", None)
    if address is None:
        raise table.error("bootstrap.servers", "is missing; name host:port of one broker or more.")
    return replace(spec, kind="kafka", address=address, properties=expanded)


def _flatten(table: Table, values: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """`a.b = 1` is a table in TOML: names are put together again, values are made text."""
    flat: dict[str, str] = {}
    for key, value in values.items():
        name = prefix + key
        match value:
            case dict():
                flat |= _flatten(table, value, f"{name}.")
            case bool():
                flat[name] = "true" if value else "false"
            case str() | int() | float():
                flat[name] = str(value)
            case _:
                raise table.error(name, "must be a text, a number or a truth value.")
    return flat


def _refuse_open_secrets(table: Table, properties: Mapping[str, str]) -> None:
    if not table.readable_by_others:
        return
    for key, value in properties.items():
        if key not in _OWN_KEYS and key.endswith(_SECRETS) and "${" not in value:
            raise table.error(
                key,
                "is a secret in a file that others can read; "
                "write ${NAME} and set it in the environment, or chmod 600 the file.",
            )


def _password(table: Table) -> str | None:
    command = table.text("password_command")
    if command is None:
        return None
    if not table.may_run:
        raise table.error(
            "password_command", "is not run from this folder until you run `kstory trust`."
        )
    import shlex
    import subprocess

    try:
        done = subprocess.run(
            shlex.split(command), capture_output=True, text=True,
            timeout=_COMMAND_TIMEOUT_S, check=True,
        )  # fmt: skip
    except (OSError, ValueError, IndexError, subprocess.SubprocessError) as error:
        raise table.error("password_command", f"failed: {type(error).__name__}.") from error
    return done.stdout.removesuffix("\n")


def parse_properties(pairs: Sequence[str]) -> dict[str, str]:
    """`-X name=value`, each.

    Raises:
        UsageError: one has no name or no equals sign.
    """
    properties = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"-X {pair!r}: write it as name=value.")
        properties[name.strip()] = value
    return properties
