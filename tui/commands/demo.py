"""`kstory demo`: an order system with an incident in it, embedded or written into a cluster."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from readers.errors import UsageError, WriteRefused
from readers.opening import open_sink
from readers.profiles import SourceSpec
from replay.demo.catalog import INCIDENT_KEY
from replay.demo.dataset import Demo, build_demo, write_demo, write_records
from replay.demo.live import LiveDemo
from tui.commands.screen import has_terminal, print_overview, run_app
from tui.options import pass_settings, source_options, writes_option
from tui.output import note
from tui.settings import Settings, now_ms


@click.command("demo")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the demo in this recording; one that exists is opened again.",
)
@click.option("--to", "target", metavar="SOURCE", help="Write the demo's topics into a cluster.")
@writes_option
@source_options
@pass_settings
def demo(settings: Settings, file: Path | None, target: str | None) -> None:
    """Open the embedded demo: an incident at an online shop, still being written to."""
    if settings.source is not None:
        raise UsageError("The demo is its own source; to write it into a cluster use --to.")
    if target is not None:
        _write_into(settings, target)
    else:
        show_demo(settings, target=None, file=file)


def _write_into(settings: Settings, target: str) -> None:
    spec = settings.resolve(target)
    if not (settings.allow_writes or spec.allow_writes):
        raise WriteRefused(
            f"This writes topics and records into {spec.address}; say --allow-writes to do it."
        )
    written = build_demo(now_ms())
    with closing(open_sink(spec)) as sink:
        write_records(sink, written.records)
    note(f"{len(written.records):,} records were written into {spec.address}.")


def show_demo(settings: Settings, *, target: str | None, file: Path | None) -> None:
    """The screen on the demo, with its writer at work; as text where there is no terminal."""
    with demo_file(file) as (path, written):
        spec = SourceSpec("recording", str(path), profile="demo")
        if not has_terminal():
            print_overview(settings, spec, target or INCIDENT_KEY)
            return
        with writing(path, written):
            run_app(settings, spec, target)


@contextmanager
def demo_file(file: Path | None) -> Iterator[tuple[Path, Demo | None]]:
    """The demo in a file that is kept, or in one that is removed behind it."""
    if file is not None and file.exists():
        yield file, None
    elif file is not None:
        yield file, write_demo(file, end_ms=now_ms())
    else:
        with tempfile.TemporaryDirectory(prefix="kstory-demo-") as folder:
            path = Path(folder) / "demo.kstory"
            yield path, write_demo(path, end_ms=now_ms())


@contextmanager
def writing(path: Path, written: Demo | None) -> Iterator[None]:
    """A thread that goes on where the demo ends; a demo that was kept is not gone on with."""
    if written is None:
        yield
        return
    stop = threading.Event()
    sink = open_sink(SourceSpec("recording", str(path)))
    live = LiveDemo(written)
    thread = threading.Thread(target=live.run, args=(sink, stop, now_ms), name="demo", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        sink.close()
