"""What the commands that move records have in common: where to, and whether that may be."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

import click

from readers.errors import NothingThere, UsageError, WriteRefused
from readers.opening import open_sink, open_source
from readers.profiles import SourceSpec
from readers.source import Source
from replay.transfer.sending import OnceSink
from replay.transfer.targets import Target
from tui.settings import Settings

RECORDING_SUFFIX = ".kstory"
reason_option = click.option(
    "--reason", metavar="TEXT", help="Why; the ledger of a cluster keeps it."
)


def refuse_same_file(spec: SourceSpec, file: Path) -> None:
    """See that what is read is not written to.

    Raises:
        UsageError: it is the same file.
    """
    if spec.kind != "recording":
        return
    source = Path(spec.address)
    is_same = os.path.realpath(source) == os.path.realpath(file)
    if is_same or (file.exists() and source.exists() and file.samefile(source)):
        raise UsageError(f"{file} is what is read; name another file to write to.")


def target_spec(settings: Settings, said: str) -> SourceSpec:
    """What `--to` means: any source, or a recording that is not there yet.

    Raises:
        UsageError, SourceRefused: it is none.
    """
    path = Path(said).expanduser()
    if path.suffix == RECORDING_SUFFIX and said not in settings.config.profiles:
        return SourceSpec("recording", str(path), allow_writes=settings.allow_writes)
    spec = settings.resolve(said)
    if spec.kind not in ("kafka", "recording"):
        raise UsageError(f"{said} cannot be written to; name a cluster or a recording.")
    return spec


def nothing_in(offsets: int, so: str) -> NothingThere:
    """The answer no, of a choice that no record of so many offsets fits."""
    return NothingThere(
        f"Nothing of what was asked for lies in the {offsets:,} offsets that were read; {so}."
    )


def may_write(settings: Settings, spec: SourceSpec, *, apply: bool) -> bool:
    """Whether it is to be done now, and not only shown.

    A cluster is written to with --apply alone, behind a look at what would be done; for a
    recording --allow-writes on the command line is enough.

    Raises:
        WriteRefused: it is, and may not be.
    """
    if apply and not spec.allow_writes:
        raise WriteRefused(f"This writes into {spec.address}; say --allow-writes to do it.")
    return apply or (spec.kind == "recording" and settings.allow_writes)


def how_to_go_on(spec: SourceSpec) -> str:
    """What to say for what is shown to be done."""
    return "say --apply" if spec.allow_writes else "say --apply --allow-writes"


@contextmanager
def reading(spec: SourceSpec) -> Iterator[Source | None]:
    """What is written to, opened to read; None where it is a recording to be made."""
    if spec.kind == "recording" and not Path(spec.address).exists():
        yield None
        return
    with closing(open_source(spec)) as source:
        yield source


@contextmanager
def writing(spec: SourceSpec) -> Iterator[OnceSink]:
    """What is written to; the caller has made sure that it may be."""
    with closing(cast(OnceSink, open_sink(spec))) as sink:
        yield sink


def target_lines(targets: Sequence[Target]) -> list[str]:
    """What becomes of each target, a line each."""
    return [_target_line(target) for target in targets]


def _target_line(target: Target) -> str:
    origins = ", ".join(target.origins)
    if target.new is None:
        return f"{origins} → {target.topic}, which exists with {target.partitions} partitions"
    config = ", ".join(f"{name}={value}" for name, value in sorted(target.new.config.items()))
    configured = f", {config}" if config else ""
    return f"{origins} → {target.topic}, made with {target.partitions} partitions{configured}"


def target_documents(targets: Sequence[Target]) -> list[dict[str, object]]:
    """The targets as JSON data."""
    return [
        {
            "topic": target.topic,
            "from": list(target.origins),
            "partitions": target.partitions,
            "made": target.new is not None,
            "config": {} if target.new is None else dict(target.new.config),
        }
        for target in targets
    ]
