"""What benchmarks share: processes that are timed, medians, tables, files of figures."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any


def in_child(module: str, *arguments: str) -> Any:
    """What `python -m MODULE --child ARGUMENTS` prints as JSON, in a process of its own."""
    command = [sys.executable, "-m", module, "--child", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def timed(command: str, environment: Mapping[str, str] | None = None) -> tuple[float, str]:
    """How many seconds a shell's command takes from its start to its end, and what it prints."""
    begun_s = time.monotonic()
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    return time.monotonic() - begun_s, done.stdout


def peak_mb() -> float:
    """The most memory this process ever had.

    Not `ru_maxrss`: a process takes that over from the one that started it.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1e3
    raise RuntimeError("this system does not tell a process's peak memory")


def middle(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each figure."""
    return {name: median(run[name] for run in runs) for name in runs[0]}


def print_table(heads: Sequence[str], rows: Mapping[str, Sequence[str]]) -> None:
    """Print a row for each name, its cells right-aligned under their heads."""
    width = max(map(len, rows)) + 1
    print(f"{'':{width}}" + "".join(f"{head:>12}" for head in heads))
    for name, cells in rows.items():
        print(f"{name:{width}}" + "".join(f"{cell:>12}" for cell in cells))


def write_json(path: Path | None, figures: Mapping[str, Any]) -> None:
    """Write the figures where they are wanted."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=2) + "\n")
