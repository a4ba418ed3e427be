"""What was said on the command line for every command, and what follows from it."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import platformdirs

from readers.config_file import Config, read_config
from readers.profiles import SourceSpec, resolve_source
from readers.source import Source
from tui.render.times import LOCAL_ZONE, UTC_ZONE, Zone

TEMPORARY_PREFIX = "kstory-demo-"
"""How folders begin that are removed with all that lies in them."""
DEMO_NOTE = "No source was named, so this is the embedded demo; name one with -s HOST:PORT."


@dataclass
class Settings:
    """The options every command has. Click fills it in, before and behind the command's name.

    Attributes:
        source: what `--source` said; None where it was not given.
        properties: librdkafka's, from `-X`; they win over files and profiles.
        max_mb_per_s: what may be taken from a cluster; None is as fast as it goes.
        reducer: what folds instead of the stream's own; a name, or `FILE.py:NAME`.
        no_cache: searches of clusters neither ask what earlier ones found, nor remember it.
    """

    source: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    client_properties: Path | None = None
    as_json: bool = False
    max_mb_per_s: float | None = None
    no_cache: bool = False
    local_time: bool | None = None
    allow_writes: bool = False
    reducer: str | None = None
    debug: bool = False

    @property
    def zone(self) -> Zone:
        """The one zone in which times are shown and typed."""
        if self.local_time is None:
            ui = self.config.ui
            said = None if ui is None else ui.text("zone")
            if ui is not None and said not in (None, "utc", "local"):
                raise ui.error("zone", "must be utc or local.")
            return LOCAL_ZONE if said == "local" else UTC_ZONE
        return LOCAL_ZONE if self.local_time else UTC_ZONE

    @cached_property
    def config(self) -> Config:
        """The configuration files."""
        return read_config(Path.cwd())

    @cached_property
    def spec(self) -> SourceSpec:
        """The source that is meant, with every property that was given for it."""
        return self.resolve(self.source)

    def resolve(self, said: str | None, environment: Mapping[str, str] = os.environ) -> SourceSpec:
        """The source that a text means."""
        spec = resolve_source(said, self.config, environment=environment)
        if self.client_properties is not None:
            from readers.client_properties import read_client_properties

            read = read_client_properties(self.client_properties)
            spec = spec.with_properties(read)
        allow_writes = spec.allow_writes or self.allow_writes
        rate = None if self.max_mb_per_s is None else max(1, int(self.max_mb_per_s * 1_000_000))
        return replace(
            spec.with_properties(self.properties),
            allow_writes=allow_writes,
            max_bytes_per_s=rate,
            cache_folder=None if self.no_cache else cache_folder(),
        )


def ledger_folder(source: Source) -> Path:
    """Where a source's ledger is kept: with the user's data, or beside a demo that is not kept."""
    beside = Path(source.name).parent
    if beside.name.startswith(TEMPORARY_PREFIX):
        return beside / "ledgers"
    return platformdirs.user_data_path("kstory") / "ledgers"


def cache_folder() -> Path:
    """Where what can be found out again is kept."""
    return platformdirs.user_cache_path("kstory")


def bookmarks_folder(source: Source) -> Path:
    """Where a source's bookmarks are kept: beside its ledger."""
    return ledger_folder(source).parent / "bookmarks"


def now_ms() -> int:
    """The time, in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
