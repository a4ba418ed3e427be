"""How long any state of a long history takes, beside folding it from the start.

`python -m benchmarks.time_travel` makes histories of 100,000 and 1,000,000 events, opens each in a
process of its own, in this process and in a worker, and moves the cursor about.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles

Measured = Mapping[str, float]

_START_MS = 1_795_435_200_000
_SKUS = 40
_STORED_AS = """
def reduce(state, event):
    state = state or {"lines": {}, "cents": 0, "status": "OPEN", "last": None}
    value = event["value"]
    lines = {**state["lines"]}
    lines[value["sku"]] = lines.get(value["sku"], 0) + value["quantity"]
    return {**state, "lines": lines, "cents": state["cents"] + value["cents"], "last": value["id"]}
"""


def main() -> None:
    """Measure, print a table, and write the figures where `--json` says."""
    arguments = _arguments()
    if arguments.child is not None:
        print(json.dumps(_measure(int(arguments.child[0]), arguments.child[1], arguments.seeks)))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "basket.py"
        file.write_text(_STORED_AS)
        ways = {"merge, in kstory's process": "merge", "a file's, in a worker": str(file)}
        results = {
            f"{count:,} events, {way}": _in_child(count, reducer, arguments.seeks)
            for count in arguments.events
            for way, reducer in ways.items()
        }
    _print_table(results)
    if arguments.json is not None:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--seeks", type=int, default=500)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_child(count: int, reducer: str, seeks: int) -> Measured:
    command = [sys.executable, "-m", "benchmarks.time_travel", "--seeks", str(seeks)]
    done = subprocess.run(
        [*command, "--child", str(count), reducer], check=True, stdout=subprocess.PIPE, text=True
    )
    measured: Measured = json.loads(done.stdout)
    return measured


def _measure(count: int, name: str, seeks: int) -> Measured:
    from replay.fold import Fold, Folding
    from replay.reducers.loading import load_reducer

    events = [Folding(event) for event in _events(count)]
    before_mb = _memory_mb("VmRSS")
    begun_s = time.perf_counter()
    fold = Fold(load_reducer(name), "order-1", events)
    open_s = time.perf_counter() - begun_s
    folded_mb = fold.snapshots_bytes / 1e6
    at = random.Random(4711).choices(range(count + 1), k=seeks)
    seek_ms = sorted(_timed_ms(fold, n) for n in at)
    start_ms = _from_the_start_ms(fold, count // 2)
    steps_ms = [_timed_ms(fold, n) for n in range(count // 3, count // 3 - 200, -1)]
    return {
        "events": count,
        "open_s": open_s,
        "events_per_s": count / open_s,
        "seek_p50_ms": median(seek_ms),
        "seek_p95_ms": quantiles(seek_ms, n=20)[-1],
        "seek_max_ms": seek_ms[-1],
        "step_back_p95_ms": quantiles(steps_ms, n=20)[-1],
        "from_start_ms": start_ms,
        "times_faster": start_ms / median(seek_ms),
        "snapshots_mb": folded_mb,
        "events_mb": before_mb,
        "peak_mb": _memory_mb("VmHWM"),
    }


def _events(count: int) -> Iterator:  # type: ignore[type-arg]
    from readers.record import Record, TimestampType
    from replay.streams import Stream

    stream = Stream("orders", ("order-events",))
    for n in range(count):
        value = {"id": f"e-{n}", "sku": f"sku-{n % _SKUS}", "quantity": n % 5, "cents": n % 997}
        yield stream.event(
            Record(
                "order-events", 0, n, _START_MS + n, TimestampType.CREATE, b"order-1",
                json.dumps(value).encode(), (("eventType", b"ItemAdded"),),
            )
        )  # fmt: skip


def _timed_ms(fold, n: int) -> float:  # type: ignore[no-untyped-def]
    begun_s = time.perf_counter()
    fold.state_bytes(n)
    return (time.perf_counter() - begun_s) * 1000


def _from_the_start_ms(fold, n: int) -> float:  # type: ignore[no-untyped-def]
    """What the state in the middle takes where nothing was kept, in the same process."""
    from replay.fold import given_of
    from replay.reducers.stepping import NULL, Keeping

    nothing = Keeping(after_s=1e9, after_events=n + 1)
    begun_s = time.perf_counter()
    for _ in fold.reducer.steps(NULL, map(given_of, fold.events[:n]), nothing):
        pass
    return (time.perf_counter() - begun_s) * 1000


def _memory_mb(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1e3
    raise RuntimeError("this system does not tell a process's memory")


_COLUMNS: Sequence[tuple[str, str, str]] = (
    ("open", "open_s", "{:.2f} s"),
    ("events/s", "events_per_s", "{:,.0f}"),
    ("seek p50", "seek_p50_ms", "{:.1f} ms"),
    ("p95", "seek_p95_ms", "{:.1f} ms"),
    ("max", "seek_max_ms", "{:.1f} ms"),
    ("step back", "step_back_p95_ms", "{:.1f} ms"),
    ("from start", "from_start_ms", "{:,.0f} ms"),
    ("faster", "times_faster", "{:,.0f} ×"),
    ("snapshots", "snapshots_mb", "{:.1f} MB"),
    ("peak", "peak_mb", "{:,.0f} MB"),
)


def _print_table(results: Mapping[str, Measured]) -> None:
    print(f"{'':44}" + "".join(f"{head:>12}" for head, _, _ in _COLUMNS))
    for name, found in results.items():
        cells = (form.format(found[column]) for _, column, form in _COLUMNS)
        print(f"{name:44}" + "".join(f"{cell:>12}" for cell in cells))


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    main()
