"""`kstory import`: the records of an exported file into a recording or a cluster."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import click

from readers.profiles import SourceSpec
from readers.recording_sink import RecordingSink
from replay.transfer.files import Format, format_of
from replay.transfer.importing import ClusterImport, StoreStep, import_into_recording
from replay.transfer.move_log import Move, MoveLog
from replay.transfer.sending import SendStep
from replay.transfer.survey import Survey, survey
from replay.transfer.targets import Target, Wanted, choose_targets, parse_mapping
from tui.commands.move_noting import follow, move_into, move_log, noted
from tui.commands.moving import (
    how_to_go_on,
    may_write,
    reading,
    reason_option,
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

Step = TypeVar("Step", bound=SendStep)


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
@reason_option
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
    reason: str | None,
    apply: bool,
) -> int:
    """Put the records of FILE into a recording as they were, or into a cluster's topics."""
    spec = target_spec(settings, target)
    refuse_same_file(spec, file)
    found = _surveyed(file, format_of(str(file), form))
    is_cluster = spec.kind == "kafka"
    wanted = found.wanted(for_cluster=is_cluster, now_ms=now_ms())
    mapping = parse_mapping(maps, [each.topic for each in wanted])
    with reading(spec) as into:
        targets = choose_targets(into, wanted, mapping)
        log = move_log(into) if into is not None and is_cluster else None
    job = ClusterImport(
        found, targets, mapping, mark=mark, skip_unwritable=skip_unwritable, run=run
    )
    if is_cluster:
        job.check()
    total = job.total if is_cluster else found.records
    is_new = spec.kind == "recording" and not Path(spec.address).exists()
    if not (may_write(settings, spec, apply=apply) or is_new):
        _preview(settings, spec, total, targets)
        return 0
    if is_cluster:
        move = move_into(job.name, str(file), targets, reason)
        last = _into_cluster(spec, job, log, move)
    else:
        last = _into_file(spec, found, wanted, mapping)
    _tell(settings, spec, last, total, targets)
    return _told_differing(spec, last)


def _surveyed(file: Path, form: Format) -> Survey:
    with LineProgress() as progress:
        for found in survey(file, form):
            progress.draw(f"looked at {found.records:,} records of {file}, Ctrl-C stops")
    return found


def _into_cluster(
    spec: SourceSpec, job: ClusterImport, log: MoveLog | None, move: Move
) -> StoreStep:
    with writing(spec) as sink, noted(log, move) as sent:
        _last(follow(job.steps(sink), sent), job.total, SendStep(0))
    return StoreStep(sent.now)


def _into_file(
    spec: SourceSpec, found: Survey, wanted: tuple[Wanted, ...], mapping: dict[str, str]
) -> StoreStep:
    with closing(RecordingSink(spec.address, wait_s=5.0)) as sink:
        steps = import_into_recording(found, wanted, sink, mapping)
        return _last(steps, found.records, StoreStep(0))


def _last(steps: Iterator[Step], total: int, step: Step) -> Step:
    """The last step, or `step` where there is none."""
    with LineProgress() as progress:
        try:
            for step in steps:
                progress.draw(f"{step.sent:,} of {total:,} records, Ctrl-C stops")
        except KeyboardInterrupt:
            note("\nStopped between two batches; the same command goes on from there.")
            raise
    return step


def _preview(settings: Settings, spec: SourceSpec, total: int, targets: tuple[Target, ...]) -> None:
    if settings.as_json:
        print_json(_document("preview", spec, StoreStep(0), total, targets))
    else:
        print_lines([f"{total:,} records would go into {spec.address}:", *target_lines(targets)])
    note(f"Nothing was written. To do it, {how_to_go_on(spec)}.")


def _tell(
    settings: Settings, spec: SourceSpec, last: StoreStep, total: int, targets: tuple[Target, ...]
) -> None:
    if settings.as_json:
        print_json(_document("done", spec, last, total, targets))
        return
    same = total - last.sent - last.differing
    there = f"; {same:,} were there already" if same else ""
    print_lines([f"{last.sent:,} of {total:,} records were put into {spec.address}{there}."])


def _told_differing(spec: SourceSpec, last: StoreStep) -> int:
    """Tell what was left out for another record in its place; the exit code."""
    if not last.differing:
        return 0
    places = ", ".join(map(str, last.examples))
    more = ", …" if last.differing > len(last.examples) else ""
    note(
        f"{last.differing:,} records were left out, since {spec.address} has other records "
        f"at their places: {places}{more}. Import the file into a new recording."
    )
    return 1


def _document(
    state: str, spec: SourceSpec, last: StoreStep, total: int, targets: tuple[Target, ...]
) -> dict[str, object]:
    return {
        "state": state,
        "target": spec.address,
        "records": total,
        "stored": last.sent,
        "differing": last.differing,
        "topics": target_documents(targets),
    }
