"""`kstory import`: the records of an exported file into a recording or a cluster."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click

from readers.profiles import SourceSpec
from readers.recording_sink import RecordingSink
from replay.transfer.files import Format, format_of
from replay.transfer.importing import ClusterImport, import_into_recording
from replay.transfer.sending import SendStep
from replay.transfer.survey import Survey, survey
from replay.transfer.targets import Target, Wanted, choose_targets, parse_mapping
from tui.commands.moving import (
    may_write,
    reading,
    refuse_same_file,
    target_documents,
    target_lines,
    target_spec,
    writing,
)
from tui.options import json_option, pass_settings, source_options, writes_option
from tui.output import note, print_json, print_lines
from tui.progress import LineProgress
from tui.settings import Settings, now_ms


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--to", "target", required=True, metavar="SOURCE", help="A cluster or a recording.")
@click.option("--map", "maps", metavar="A=B", multiple=True, help="Topic A becomes B.")
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in Format]),
    help="By the file's name if not said.",
)
@click.option("--mark", is_flag=True, help="A header says where each record was, in a cluster.")
@click.option("--skip-unwritable", is_flag=True, help="Leave out what a cluster does not take.")
@click.option("--run", metavar="NAME", help="Import the same file once more, under this name.")
@click.option("--apply", is_flag=True, help="Do it; without, what would be done is shown.")
@writes_option
@json_option
@source_options
@pass_settings
def import_(
    settings: Settings,
    file: Path,
    target: str,
    maps: tuple[str, ...],
    form: str | None,
    mark: bool,
    skip_unwritable: bool,
    run: str | None,
    apply: bool,
) -> None:
    """Put the records of FILE into a recording as they were, or into a cluster's topics."""
    spec = target_spec(settings, target)
    refuse_same_file(spec, file)
    found = _surveyed(file, format_of(str(file), form))
    is_cluster = spec.kind == "kafka"
    wanted = found.wanted(for_cluster=is_cluster, now_ms=now_ms())
    mapping = parse_mapping(maps, [each.topic for each in wanted])
    with reading(spec) as into:
        targets = choose_targets(into, wanted, mapping)
    job = ClusterImport(
        found, targets, mapping, mark=mark, skip_unwritable=skip_unwritable, run=run
    )
    if is_cluster:
        job.check()
    total = job.total if is_cluster else found.records
    is_new = spec.kind == "recording" and not Path(spec.address).exists()
    if not (may_write(settings, spec, apply=apply) or is_new):
        _preview(settings, spec, total, targets)
        return
    sent = _into_cluster(spec, job) if is_cluster else _into_file(spec, found, wanted, mapping)
    _tell(settings, spec, sent, total, targets)


def _surveyed(file: Path, form: Format) -> Survey:
    with LineProgress() as progress:
        for found in survey(file, form):
            progress.draw(f"looked at {found.records:,} records of {file}, Ctrl-C stops")
    return found


def _into_cluster(spec: SourceSpec, job: ClusterImport) -> int:
    with writing(spec) as sink:
        return _last(job.steps(sink), job.total)


def _into_file(
    spec: SourceSpec, found: Survey, wanted: tuple[Wanted, ...], mapping: dict[str, str]
) -> int:
    with closing(RecordingSink(spec.address, wait_s=5.0)) as sink:
        return _last(import_into_recording(found, wanted, sink, mapping), found.records)


def _last(steps: Iterator[SendStep], total: int) -> int:
    sent = 0
    with LineProgress() as progress:
        try:
            for step in steps:
                sent = step.sent
                progress.draw(f"{sent:,} of {total:,} records, Ctrl-C stops")
        except KeyboardInterrupt:
            note("\nStopped between two batches; the same command goes on from there.")
            raise
    return sent


def _preview(settings: Settings, spec: SourceSpec, total: int, targets: tuple[Target, ...]) -> None:
    if settings.as_json:
        print_json(_document("preview", spec, 0, total, targets))
    else:
        print_lines([f"{total:,} records would go into {spec.address}:", *target_lines(targets)])
    note("Nothing was written. To do it, say --apply --allow-writes.")


def _tell(
    settings: Settings, spec: SourceSpec, sent: int, total: int, targets: tuple[Target, ...]
) -> None:
    if settings.as_json:
        print_json(_document("done", spec, sent, total, targets))
        return
    there = "" if sent == total else f"; {total - sent:,} were there already"
    print_lines([f"{sent:,} of {total:,} records were put into {spec.address}{there}."])


def _document(
    state: str, spec: SourceSpec, sent: int, total: int, targets: tuple[Target, ...]
) -> dict[str, object]:
    return {
        "state": state,
        "target": spec.address,
        "records": total,
        "stored": sent,
        "topics": target_documents(targets),
    }
