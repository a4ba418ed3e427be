"""`kstory record`: topics, keys or whole stories, kept in a recording at their own offsets."""

from contextlib import closing
from pathlib import Path
from typing import Any

import click

from readers.errors import UsageError
from readers.opening import open_source
from readers.recording_sink import RecordingSink
from replay.transfer.manifest import Manifest, cuts, manifest_json
from replay.transfer.recorder import Recorder, RecordStep
from tui.choice import choice_of, choice_options, choose
from tui.collector import collecting_rarely
from tui.commands.moving import nothing_in, refuse_same_file
from tui.opening import source_file
from tui.options import json_option, pass_settings, source_options
from tui.output import note, print_json, print_lines
from tui.progress import LineProgress
from tui.settings import Settings


@click.command("record")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.argument("topics", nargs=-1, metavar="[TOPIC]...")
@choice_options(with_topics=False)
@click.option("--follow", is_flag=True, help="Go on as records come, until Ctrl-C.")
@json_option
@source_options
@pass_settings
def record(settings: Settings, /, file: Path, follow: bool, **options: Any) -> None:
    """Keep records in the recording FILE, as they are; with the same FILE it goes on later."""
    choice = choice_of(options)
    if follow and choice.until is not None:
        raise UsageError("--until says where it ends, and --follow that it does not; say one.")
    refuse_same_file(settings.spec, file)
    is_new = not file.exists()
    with (
        collecting_rarely(),
        source_file(settings.spec) as spec,
        closing(open_source(spec)) as source,
    ):
        chosen = choose(settings, source, spec, choice)
        with closing(RecordingSink(file)) as sink:
            recorder = Recorder(source, sink, chosen.selection)
            if recorder.resumed:
                note(f"{file} has some of this already; going on behind it.")
            try:
                _run(recorder, file, follow=follow)
            except KeyboardInterrupt:
                note(f"\nStopped; {recorder.kept.records:,} records are kept in {file}.")
                raise
            finally:
                kept = recorder.kept
                if kept.records or follow or settings.as_json:
                    _tell(settings, file, kept)
    if not kept.records:
        if is_new:
            file.unlink(missing_ok=True)
        raise nothing_in(chosen.selection.offsets_count, "nothing was recorded")


def _run(recorder: Recorder, file: Path, *, follow: bool) -> None:
    with LineProgress() as progress:
        for step in recorder.steps(follow=follow):
            progress.tell(step.said)
            progress.draw(_said(step, file))


def _said(step: RecordStep, file: Path) -> str:
    if not step.total:
        return f"{step.records:,} records kept in {file}, following, Ctrl-C stops"
    return f"read {step.read:,} of {step.total:,}, {step.records:,} kept, Ctrl-C stops"


def _tell(settings: Settings, file: Path, manifest: Manifest) -> None:
    if settings.as_json:
        print_json(manifest_json(manifest))
        return
    topics = sum(any(part.records for part in topic.ranges) for topic in manifest.topics)
    print_lines(
        [
            f"{manifest.records:,} records of {_topics(topics)} are kept in {file}.",
            *cuts(manifest),
        ]
    )


def _topics(count: int) -> str:
    return "1 topic" if count == 1 else f"{count:,} topics"
