"""How soon kstory shows something, beside an empty Textual app; and what a command costs at least.

`python -m benchmarks.start_up` starts its own broker, writes 2,000,000 order events, and starts
each screen in a pseudo-terminal of 160 × 48, all in turn. Time counts from the process's start:

    painted  to the first write that colours a cell
    content  to the write after which the screen shows the words it is waited for: the title of the
             topics, the names of topics, keys of records; a terminal emulator says which that was

A command's time is that of its whole process. Every home folder is an empty one, and each way runs
once before it is measured, so that all of it is in the machine's memory.
"""

import argparse
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.empty_app import WORD
from benchmarks.measuring import print_table, timed, write_json
from benchmarks.order_topic import TOPIC, filled_broker, order_arguments
from benchmarks.shown_screen import ShownScreen
from benchmarks.timed_terminal import TimedTerminal, Written

_EMPTY, _PYTHON = "an empty Textual app", "python -c pass"
_SMALL = "small-events"
_SMALL_RECORDS = 10
_COLOURED = b"\x1b[48;2;"
_TURN_S = 0.01
_TIMEOUT_S = 30.0


class Screen(NamedTuple):
    """A program, and the words that its screen is waited for."""

    command: Sequence[str]
    words: str


def main() -> None:
    """Measure, print two tables, and write the figures where `--json` says."""
    arguments = _arguments()
    with filled_broker(
        arguments.bootstrap, {TOPIC: arguments.records, _SMALL: _SMALL_RECORDS}
    ) as bootstrap:
        screens = {name: _screen_timed(each) for name, each in _screens(bootstrap).items()}
        commands = {name: _command_timed(each) for name, each in _commands(bootstrap).items()}
        shown = _repeated(screens, arguments.repeat)
        taken = _repeated(commands, arguments.repeat)
    print(f"{arguments.records:,} order events, median of {arguments.repeat}; milliseconds")
    _print_screens(shown)
    _print_commands(taken)
    write_json(arguments.json, {"records": arguments.records, "screens": shown, "commands": taken})


def _arguments() -> argparse.Namespace:
    parser = order_arguments(__doc__)
    return parser.parse_args()


def _screens(bootstrap: str) -> Mapping[str, Screen]:
    kstory = str(Path(sys.executable).with_name("kstory"))
    of_cluster = [kstory, "-s", bootstrap]
    return {
        _EMPTY: Screen([sys.executable, "-m", "benchmarks.empty_app"], WORD),
        "kstory, the demo": Screen([kstory], "kstory  topics"),
        "kstory, the demo's topics": Screen([kstory], "inventory-events"),
        "kstory -s BROKER": Screen(of_cluster, "kstory  topics"),
        "kstory -s BROKER, its topics": Screen(of_cluster, TOPIC),
        f"kstory -s BROKER {TOPIC}": Screen([*of_cluster, TOPIC], "order-0"),
    }


def _commands(bootstrap: str) -> Mapping[str, str]:
    kstory = shlex.quote(str(Path(sys.executable).with_name("kstory")))
    tail = f"{kstory} -s {bootstrap} tail {_SMALL} --no-follow --json"
    commands = {
        _PYTHON: f"{shlex.quote(sys.executable)} -c pass",
        "kstory --version": f"{kstory} --version",
        f"kstory tail of {_SMALL_RECORDS} records": tail,
        "kstory tail of a key that is not there": f"{tail} --key no-such-key || test $? = 1",
        "kstory topics": f"{kstory} -s {bootstrap} topics",
    }
    if shutil.which("kcat"):
        commands["kcat -L"] = f"kcat -L -b {bootstrap}"
        commands[f"kcat -C of {_SMALL_RECORDS} records"] = (
            f"kcat -C -e -q -b {bootstrap} -t {_SMALL}"
        )
    return commands


def _screen_timed(screen: Screen) -> Callable[[], Mapping[str, float]]:
    def run() -> Mapping[str, float]:
        with _empty_home() as home:
            begun_s = time.monotonic()
            with TimedTerminal(screen.command, home) as terminal:
                _wait(terminal, screen.words, begun_s + _TIMEOUT_S)
                return _moments(terminal, screen.words, begun_s)

    return run


def _wait(terminal: TimedTerminal, words: str, until_s: float) -> None:
    """Wait until the words have been written, in one piece; they may still be hidden."""
    written, seen = b"", 0
    while words.encode() not in written:
        if time.monotonic() > until_s:
            raise RuntimeError(f"{words!r} did not come to be shown")
        terminal.read_until(time.monotonic() + _TURN_S)
        news = [each.data for each in terminal.log[seen:] if isinstance(each, Written)]
        written, seen = written[-len(words) * 4 :] + b"".join(news), len(terminal.log)
    terminal.read_until(time.monotonic() + _TURN_S)


def _moments(terminal: TimedTerminal, words: str, begun_s: float) -> Mapping[str, float]:
    shown, painted_s = ShownScreen(), None
    for entry in terminal.log:
        shown.take(entry)
        if painted_s is None and isinstance(entry, Written) and _COLOURED in entry.data:
            painted_s = entry.at_s
        if painted_s is not None and words in shown.text:
            return {
                "painted_ms": (painted_s - begun_s) * 1000,
                "content_ms": (entry.at_s - begun_s) * 1000,
            }
    raise RuntimeError(f"{words!r} were written, and are not shown:\n{shown.text}")


def _command_timed(command: str) -> Callable[[], Mapping[str, float]]:
    def run() -> Mapping[str, float]:
        with _empty_home() as home:
            return {"all_ms": timed(command, {**os.environ, **home})[0] * 1000}

    return run


@contextmanager
def _empty_home() -> Iterator[Mapping[str, str]]:
    names = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
    with tempfile.TemporaryDirectory() as folder:
        yield dict.fromkeys(names, folder)


Runs = Mapping[str, Sequence[Mapping[str, float]]]


def _repeated(ways: Mapping[str, Callable[[], Mapping[str, float]]], repeat: int) -> Runs:
    """What each way took, all in turn, after a first time that does not count."""
    runs: dict[str, list[Mapping[str, float]]] = {name: [] for name in ways}
    for _ in range(repeat + 1):
        for name, way in ways.items():
            runs[name].append(way())
    return {name: each[1:] for name, each in runs.items()}


def _print_screens(runs: Runs) -> None:
    least = _median(runs[_EMPTY], "content_ms")
    rows = {}
    for name, each in runs.items():
        painted, content = _median(each, "painted_ms"), _median(each, "content_ms")
        beside = f"{content / least:.2f} ×", f"{content - least:+.0f}"
        rows[name] = (f"{painted:.0f}", f"{content:.0f}", *beside)
    print_table(("painted", "content", "of empty", "on top"), rows)


def _print_commands(runs: Runs) -> None:
    least = _median(runs[_PYTHON], "all_ms")
    rows = {}
    for name, each in runs.items():
        taken = _median(each, "all_ms")
        rows[name] = (f"{taken:.0f}", f"{taken / least:.1f} ×", f"{taken - least:+.0f}")
    print_table(("all", "of python", "on top"), rows)


def _median(runs: Sequence[Mapping[str, float]], name: str) -> float:
    return median(run[name] for run in runs)


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    main()
