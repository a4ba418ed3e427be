"""How soon a key is answered on the tail screen while records pour in, beside none arriving.

`python -m benchmarks.tail_screen` starts its own broker, lets order events arrive in a topic of 12
partitions, and runs the real `kstory` on it in a pseudo-terminal of 160 × 48, following. Keys are
pressed about every 0.3 s (never in step with the screen's own clock), and each is timed from the
moment before its byte is given to the terminal to the moment when the last bytes of the repaint
that shows it were read: a terminal emulator says afterwards which bytes those were. A key that was
not shown before the next one counts with all the time up to there, and is told as missed.

Keys are pressed once the window of rows is full, since until then memory has to grow.

    z    the status line names the other time zone; the tail goes on following
    up   the mark ▸ stands on another line: away from the end, which it followed
    end  the mark stands on the last line again

What arrives is what the broker says: offsets at the end less offsets at the beginning. Broker and
writer share the machine with the screen; "machine" is how busy all of its cores were. Where that is
near 100 %, a key waits for a core, and the figures say little about the screen.
"""

import argparse
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from benchmarks.arriving import arriving, make_topic
from benchmarks.measuring import middle, print_table, write_json
from benchmarks.shown_screen import Look, ShownScreen, answered
from benchmarks.timed_terminal import TimedTerminal, machine_busy_s

TOPIC = "arriving-events"
_KEYS: Mapping[str, bytes] = {"up": b"\x1b[A", "end": b"\x1b[F", "z": b"z"}
_TURN = ("up", "end", "z", "z", "z")
_SETTLE_S = 6.0
_FILLING_S = 25.0
"""A window holds 20,000 records, of which a flood brings 1,000 a second."""
_MEMORY_EVERY = 5
_HEADS = (
    "p50", "p90", "p99", "missed", "to idle p50", "z p50", "up p50", "end p50", "CPU", "machine",
    "begin", "end", "most", "it says",
)  # fmt: skip
_RATE = re.compile(r"([\d,]+)/s")

Measured = Mapping[str, float]


def main() -> None:
    """Measure, print a table, and write the figures where `--json` says."""
    arguments = _arguments()
    from tests.broker.broker import Broker

    runs: dict[int, list[Measured]] = {rate: [] for rate in arguments.rates}
    with Broker() as broker:
        make_topic(broker.bootstrap, TOPIC)
        with arriving(broker.bootstrap, TOPIC, 10_000):
            time.sleep(2)  # so that the table is full of rows when nothing arrives as well
        for _ in range(arguments.repeat):
            for rate in arguments.rates:
                runs[rate].append(_measure(broker.bootstrap, rate, arguments.keys))
    results = [
        middle(measured) | {"missed": max(run["missed"] for run in measured)}
        for measured in runs.values()
    ]
    print(f"{arguments.keys} keys a cell, median of {arguments.repeat}; key to repaint in ms")
    rows = {f"{each['arriving_per_s']:,.0f}/s arriving": _row(each, results[0]) for each in results}
    print_table(_HEADS, rows)
    write_json(arguments.json, {"keys": arguments.keys, "runs": runs})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])  # type: ignore[union-attr]
    parser.add_argument("--rates", type=int, nargs="+", default=[0, 100_000, 300_000])
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _measure(bootstrap: str, rate: int, keys: int) -> Measured:
    with arriving(bootstrap, TOPIC, rate), _kstory(bootstrap) as terminal:
        terminal.wait_for(_is_on_the_tail)
        terminal.read_until(time.monotonic() + (_FILLING_S if rate else _SETTLE_S))
        begun_s, begun_cpu_s, begun_end = time.monotonic(), terminal.cpu_s, _end(bootstrap)
        begun_busy_s = machine_busy_s()
        memory = _press_keys(terminal, keys)
        lasted_s, end = time.monotonic() - begun_s, _end(bootstrap)
        cpu_s, busy_s = terminal.cpu_s - begun_cpu_s, machine_busy_s() - begun_busy_s
    keys_answered = answered(terminal.log, _LOOKS)
    found = [(name, seconds * 1000) for name, seconds in keys_answered.latencies_s]
    return {
        "arriving_per_s": (end - begun_end) / lasted_s,
        "shown_per_s": _rate_shown(terminal),
        **_quantiles([each_ms for _, each_ms in found]),
        **{f"{name}_p50_ms": median(ms for key, ms in found if key == name) for name in _KEYS},
        "missed": keys_answered.missed,
        "cpu_percent": 100 * cpu_s / lasted_s,
        "machine_percent": 100 * busy_s / lasted_s / (os.cpu_count() or 1),
        "memory_begin_mb": memory[0],
        "memory_end_mb": memory[-1],
        "memory_most_mb": max(memory),
    }


def _is_on_the_tail(text: str) -> bool:
    return "▸" in text and ("following" in text or "sampling" in text)


@contextmanager
def _kstory(bootstrap: str) -> Iterator[TimedTerminal]:
    """The screen as a person starts it, on the topic's tail."""
    command = [str(Path(sys.executable).with_name("kstory")), "-s", bootstrap, TOPIC]
    with tempfile.TemporaryDirectory() as folder:
        own = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), folder)
        with TimedTerminal(command, own) as terminal:
            yield terminal


def _press_keys(terminal: TimedTerminal, keys: int) -> list[float]:
    """Press so many, in turn; the program's memory from time to time."""
    draw, memory = random.Random(1), [terminal.memory_mb]
    for number in range(keys):
        name = _TURN[number % len(_TURN)]
        terminal.press(name, _KEYS[name])
        terminal.read_until(time.monotonic() + draw.uniform(0.25, 0.35))
        if number % _MEMORY_EVERY == 0:
            memory.append(terminal.memory_mb)
    terminal.read_until(time.monotonic() + 1.0)
    return [*memory, terminal.memory_mb]


def _end(bootstrap: str) -> int:
    """How many records were ever written into the topic."""
    from readers.kafka import KafkaSource

    source = KafkaSource(bootstrap, {})
    (topic,) = source.topics([TOPIC])
    source.close()
    return sum(bounds.end_exclusive for bounds in topic.partitions)


def _mark_line(shown: ShownScreen) -> int | None:
    marked = [number for number, line in enumerate(shown.lines) if line.startswith("▸")]
    return marked[0] if len(marked) == 1 else None


def _zone(shown: ShownScreen) -> str | None:
    foot = " ".join(shown.lines[-3:])
    named = [name for name in ("UTC ", "local ") if f"  {name}" in foot]
    return named[0] if len(named) == 1 else None


_LOOKS: Mapping[str, Look] = {"up": _mark_line, "end": _mark_line, "z": _zone}


def _rate_shown(terminal: TimedTerminal) -> float:
    """The rate that the screen itself told last; 0 where it told none."""
    shown = ShownScreen()
    for entry in terminal.log:
        shown.take(entry)
    told = _RATE.search(shown.lines[0])
    return float(told[1].replace(",", "")) if told else 0.0


def _quantiles(values: list[float]) -> Measured:
    cuts = quantiles(values, n=100, method="inclusive")
    return {"p50_ms": cuts[49], "p90_ms": cuts[89], "p99_ms": cuts[98], "most_ms": max(values)}


def _row(found: Measured, idle: Measured) -> tuple[str, ...]:
    return (
        *(f"{found[f'{name}_ms']:.1f}" for name in ("p50", "p90", "p99")),
        f"{found['missed']:.0f}",
        f"{found['p50_ms'] / idle['p50_ms']:.2f} ×",
        *(f"{found[f'{key}_p50_ms']:.1f}" for key in ("z", "up", "end")),
        f"{found['cpu_percent']:.0f} %",
        f"{found['machine_percent']:.0f} %",
        f"{found['memory_begin_mb']:.0f} MB",
        f"{found['memory_end_mb']:.0f} MB",
        f"{found['memory_most_mb']:.0f} MB",
        f"{found['shown_per_s']:,.0f}/s",
    )


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    main()
