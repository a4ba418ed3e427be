"""`kstory demo`: an order system with an incident in it, embedded or written into a cluster."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import click

from readers.errors import SourceError, SourceRefused, UsageError, WriteRefused
from readers.opening import open_sink, open_source
from readers.profiles import SourceSpec
from replay.demo.catalog import INCIDENT_KEY
from replay.demo.dataset import Demo, build_demo, write_demo, write_records
from replay.demo.live import LiveDemo
from replay.demo.outlet import Outlet, RecordingOutlet, SinkOutlet, going_on_with
from replay.demo.running import RunningDemo, StopEvent, demo_in, where_to_begin
from tui.commands.overview import print_overview
from tui.commands.screen import has_terminal, run_app
from tui.embedded_demo import show_embedded_demo
from tui.options import pass_settings, source_options, writes_option
from tui.output import note
from tui.render.safe_text import visible
from tui.settings import TEMPORARY_PREFIX, Settings, now_ms


@click.command("demo")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the demo in this recording; one that exists is opened again and goes on.",
)
@click.option("--to", "target", metavar="SOURCE", help="Write the demo's topics into a cluster.")
@click.option(
    "--live",
    is_flag=True,
    help="No screen: go on with orders, and take what is sent back, until Ctrl-C.",
)
@writes_option
@source_options
@pass_settings
def demo(settings: Settings, file: Path | None, target: str | None, live: bool) -> None:
    """Open the embedded demo: an incident at an online shop, still being written to."""
    if settings.source is not None:
        raise UsageError("The demo is its own source; to write it into a cluster use --to.")
    if file is not None and target is not None:
        raise UsageError("A demo is kept in a file or written into a cluster; say --file or --to.")
    if target is not None:
        _write_into(settings, target, live=live)
    elif live and file is None:
        raise UsageError("Nobody could see this demo; say --file FILE or --to SOURCE with --live.")
    elif live and file is not None:
        _keep_going(settings, file)
    elif not has_terminal():
        print_demo(settings, None, file)
    elif file is None:
        show_embedded_demo(settings, None)
    else:
        _show_kept_demo(settings, file)


def _write_into(settings: Settings, target: str, *, live: bool) -> None:
    spec = settings.resolve(target)
    if not (settings.allow_writes or spec.allow_writes):
        raise WriteRefused(
            f"This writes topics and records into {spec.address}; say --allow-writes to do it."
        )
    with closing(open_sink(spec)) as sink:
        found = _found_in(spec) if live else None
        written = found or build_demo(now_ms())
        if found is None:
            write_records(sink, written.records)
            note(f"{len(written.records):,} records were written into {spec.address}.")
        if live:
            _note_that_it_lives(spec)
            _run(spec, SinkOutlet(sink), written, threading.Event())


def _found_in(spec: SourceSpec) -> Demo | None:
    with closing(open_source(spec)) as source:
        return demo_in(source, now_ms())


def _keep_going(settings: Settings, file: Path) -> None:
    """The demo in a file, without a screen, until Ctrl-C."""
    with demo_file(file) as (path, written), going_on_with(path) as is_ours:
        if not is_ours:
            raise SourceRefused(
                f"Another kstory goes on with {path} already, or its folder cannot be written."
            )
        spec = _spec(settings, path)
        _note_that_it_lives(spec)
        with closing(RecordingOutlet(path)) as outlet:
            _run(spec, outlet, written, threading.Event())


def _note_that_it_lives(spec: SourceSpec) -> None:
    note(f"Orders go on in {spec.address}, and its services take what is sent back; Ctrl-C stops.")


def print_demo(settings: Settings, target: str | None, file: Path | None = None) -> None:
    """The demo as text."""
    with demo_file(file) as (path, _):
        print_overview(settings, _spec(settings, path), target or INCIDENT_KEY)


def _show_kept_demo(settings: Settings, file: Path) -> None:
    """The screen on a demo that is kept, with its services at work."""
    with demo_file(file) as (path, written), going_on_with(path) as is_ours:
        spec = _spec(settings, path)
        with running(spec, written) if is_ours else nullcontext():
            run_app(settings, spec, None)


def _spec(settings: Settings, path: Path) -> SourceSpec:
    return SourceSpec("recording", str(path), profile="demo", allow_writes=settings.allow_writes)


@contextmanager
def demo_file(file: Path | None) -> Iterator[tuple[Path, Demo]]:
    """The demo in a file that is kept, or in one that is removed behind it.

    Raises:
        UsageError: the file is there, and holds no demo.
    """
    if file is not None and file.exists():
        found = _found_in(SourceSpec("recording", str(file)))
        if found is None:
            raise UsageError(f"{file} holds no demo; open it with -s {file}, or name another file.")
        yield file, found
    elif file is not None:
        yield file, write_demo(file, end_ms=now_ms())
    else:
        with tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX) as folder:
            path = Path(folder) / "demo.kstory"
            yield path, write_demo(path, end_ms=now_ms())


@contextmanager
def running(spec: SourceSpec, written: Demo) -> Iterator[None]:
    """A thread that goes on with the demo in a recording; why it ended early is said behind it."""
    stop = threading.Event()
    failed: list[SourceError] = []

    def work() -> None:
        try:
            with closing(RecordingOutlet(Path(spec.address))) as outlet:
                _run(spec, outlet, written, stop, quiet=True)
        except SourceError as error:
            failed.append(error)

    thread = threading.Thread(target=work, name="demo", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for error in failed:
            note(f"The demo did not go on: {error}")


def _run(
    spec: SourceSpec, outlet: Outlet, written: Demo, stop: StopEvent, *, quiet: bool = False
) -> None:
    """Go on; what was sent back to a demo that was there already is taken from its beginning."""
    with closing(open_source(spec)) as source:
        starts = where_to_begin(source, at_end=bool(written.records))
        orders = LiveDemo(written)
        RunningDemo(source, outlet, orders, _drop if quiet else _say).run(starts, stop, now_ms)


def _say(sentence: str) -> None:
    note(visible(sentence))


def _drop(_sentence: str) -> None:
    """A screen is shown: nothing else may be written to the terminal."""
