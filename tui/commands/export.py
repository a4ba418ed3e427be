"""`kstory export`: records into a file of JSON lines or Parquet, with an account of them."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from readers.errors import UsageError
from readers.opening import open_source
from readers.record import Record
from readers.source import Source
from replay.transfer.exporting import Export
from replay.transfer.files import Format, format_of, record_file, write_manifest
from replay.transfer.lines import line_of
from replay.transfer.manifest import Manifest, cuts, manifest_json
from replay.transfer.picks import Selection
from tui.choice import choice_of, choice_options, choose
from tui.collector import collecting_rarely
from tui.commands.moving import nothing_in, refuse_same_file
from tui.opening import source_file
from tui.options import json_option, pass_settings, source_options
from tui.output import note, print_json, print_lines, write_bytes
from tui.progress import LineProgress
from tui.render.safe_text import escape_json_controls
from tui.settings import Settings

STDOUT = "-"


@click.command("export")
@click.argument("file", metavar="FILE|-")
@choice_options(with_topics=True)
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Format]),
    help="By the file's name if not said.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@json_option
@source_options
@pass_settings
def export(
    settings: Settings, /, file: str, form: str | None, overwrite: bool, **options: Any
) -> None:
    """Write records into FILE as they are, and what was left out into FILE.manifest.json."""
    choice = choice_of(options)
    chosen_form = format_of(file, form)
    if file == STDOUT and chosen_form is Format.PARQUET:
        raise UsageError("Parquet is written to a file; name one, or say --format jsonl.")
    path = Path(file)
    if file != STDOUT:
        refuse_same_file(settings.spec, path)
        _refuse_existing(path, overwrite=overwrite)
    with (
        collecting_rarely(),
        source_file(settings.spec) as spec,
        closing(open_source(spec)) as source,
    ):
        selection = choose(settings, source, spec, choice).selection
        if file == STDOUT:
            _to_stdout(source, selection)
            return
        manifest, document = _to_file(settings, source, selection, path, chosen_form)
    if settings.as_json:
        print_json(document)
    else:
        print_lines([f"{manifest.records:,} records were written into {path}.", *cuts(manifest)])


def _to_file(
    settings: Settings, source: Source, selection: Selection, path: Path, form: Format
) -> tuple[Manifest, dict[str, object]]:
    run = Export(source, selection)
    with record_file(path, form) as writer, LineProgress() as progress:
        for step in run.steps(writer):
            progress.tell(step.said)
            progress.draw(
                f"read {step.read:,} of {step.total:,}, {step.records:,} written, Ctrl-C stops"
            )
        manifest = run.account.told(finished=run.finished)
        if not manifest.records:
            if settings.as_json:
                print_json(manifest_json(manifest))
            raise nothing_in(selection.offsets_count, f"{path} was not written")
    return manifest, write_manifest(path, manifest, form)


def _to_stdout(source: Source, selection: Selection) -> None:
    run = Export(source, selection)
    with LineProgress() as progress:
        for step in run.steps(_StdoutLines()):
            progress.tell(step.said)
    manifest = run.account.told(finished=run.finished)
    _note_cuts(manifest)
    if not manifest.records:
        raise nothing_in(selection.offsets_count, "nothing was written")


def _note_cuts(manifest: Manifest) -> None:
    note(f"{manifest.records:,} records were written; there is no manifest beside a pipe.")
    for sentence in cuts(manifest):
        note(sentence)


class _StdoutLines:
    """JSON lines to stdout, in which nothing can act on a terminal; they say the same."""

    def write(self, records: Iterable[Record]) -> None:
        """Write them, at once."""
        lines = b"".join(map(line_of, records))
        if lines:
            write_bytes(escape_json_controls(lines))

    def close(self) -> None:
        """Each write is at once."""

    def abandon(self) -> None:
        """What is written is gone."""


def _refuse_existing(path: Path, *, overwrite: bool) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file in it.")
    if path.exists() and not overwrite:
        raise UsageError(f"{path} is there already; say --overwrite to replace it.")
