"""How fast a whole topic is written into a file, record by record decoded, beside kcat.

`python -m benchmarks.bulk` starts its own broker, writes 2,000,000 order events, and lets each way
write all of them, as a whole process, start included, all in turn, as often as `--repeat` says. All
have to write the same records, and kstory the values decoded that kcat writes as strings: of each
1,000 one is compared. There is no table otherwise.
"""

import argparse
import json
import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.measuring import print_table, write_json
from benchmarks.order_topic import PARTITIONS, TOPIC, filled_broker, order_arguments

_KCAT = "kcat -J"
_TAIL = "kstory tail --json"
_WHERE = "kstory tail --json --where"
_EXPORT = "kstory export, JSONL"
_PLAIN = "confluent-kafka, json.dumps"
_CONDITION = "value.quantity > 6"
_SAMPLED = 1_000

Place = tuple[int, int]


class Run(NamedTuple):
    """What one run cost, and gave."""

    seconds: float
    cpu_s: float
    lines: int
    size_mb: float


def main() -> None:
    """Measure, compare what was written, print a table, write the figures where `--json` says."""
    arguments = _arguments()
    if arguments.child is not None:
        _plainly(*arguments.child)
        return
    runs: dict[str, list[Run]] = {}
    with (
        filled_broker(arguments.bootstrap, {TOPIC: arguments.records}) as bootstrap,
        tempfile.TemporaryDirectory() as folder,
    ):
        commands = _commands(bootstrap, Path(folder))
        for _ in range(arguments.repeat):
            for name, command in commands.items():
                runs.setdefault(name, []).append(_run(command, Path(folder) / name))
        _compare({name: Path(folder) / name for name in commands}, runs)
    print(f"{arguments.records:,} order events, {PARTITIONS} partitions, lz4, into a file")
    print(f"median of {arguments.repeat}, whole processes")
    _print(runs)
    told = {name: [run._asdict() for run in each] for name, each in runs.items()}
    write_json(arguments.json, {"records": arguments.records, "runs": told})


def _arguments() -> argparse.Namespace:
    parser = order_arguments(__doc__)
    parser.add_argument("--child", nargs=1, help=argparse.SUPPRESS)
    return parser.parse_args()


def _commands(bootstrap: str, folder: Path) -> Mapping[str, str]:
    """What a shell is given for each way; kcat's is left out where it is not installed."""
    kstory = f"{shlex.quote(str(Path(sys.executable).with_name('kstory')))} -s {bootstrap}"
    tail = f"{kstory} tail {TOPIC} --no-follow --json"
    file = shlex.quote(str(folder / _EXPORT))
    commands = {
        _KCAT: f"kcat -C -b {bootstrap} -t {TOPIC} -e -q -J",
        _TAIL: tail,
        _WHERE: f"{tail} --where '{_CONDITION}'",
        _EXPORT: f"{kstory} export {file} --topic {TOPIC} --format jsonl --overwrite",
        _PLAIN: f"{shlex.quote(sys.executable)} -m benchmarks.bulk --child {bootstrap}",
    }
    if shutil.which("kcat") is None:
        del commands[_KCAT]
    return commands


def _run(command: str, file: Path) -> Run:
    """Run it with its output into a file, or into a file beside it if it writes that itself."""
    file.unlink(missing_ok=True)
    output = file.with_suffix(".out") if "export" in command else file
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun_s = time.monotonic()
    with output.open("wb") as out:
        subprocess.run(["/bin/sh", "-c", command], check=True, stdout=out)
    seconds = time.monotonic() - begun_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with file.open("rb") as written:
        lines = sum(1 for _ in written)
    return Run(seconds, cpu_s, lines, file.stat().st_size / 1e6)


def _plainly(bootstrap: str) -> None:
    """What one would write in an hour: consume, decode, json.dumps, print."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "plain", "enable.auto.commit": False}
    )
    partitions = [TopicPartition(TOPIC, number, 0) for number in range(PARTITIONS)]
    wanted, count = sum(consumer.get_watermark_offsets(each)[1] for each in partitions), 0
    consumer.assign(partitions)
    while count < wanted:
        messages = consumer.consume(10_000, 0.1)
        count += len(messages)
        sys.stdout.writelines(f"{json.dumps(_document(message))}\n" for message in messages)
    consumer.close()


def _document(message: Any) -> Mapping[str, object]:
    return {
        "topic": message.topic(),
        "partition": message.partition(),
        "offset": message.offset(),
        "timestamp": message.timestamp()[1],
        "key": message.key().decode(),
        "headers": [[name, value.decode()] for name, value in message.headers()],
        "value": json.loads(message.value()),
    }


def _compare(files: Mapping[str, Path], runs: Mapping[str, list[Run]]) -> None:
    """Stop if a way wrote other records or other values than another."""
    lines = {name: {run.lines for run in each} for name, each in runs.items() if name != _WHERE}
    if len(set.union(*lines.values())) > 1:
        sys.exit(f"not all wrote the same number of records: {lines}")
    kinds = {_KCAT: "payload", _EXPORT: "value"}
    texts = {name: kinds[name] for name in files if name in kinds}
    values = dict(_sampled(files[_TAIL]))
    for name, field in texts.items():
        sampled = ((at, json.loads(json.loads(line)[field])) for at, line in _lines(files[name]))
        if dict(sampled) != dict(values):
            sys.exit(f"{name} wrote other values than {_TAIL}")


def _sampled(file: Path) -> Iterator[tuple[Place, object]]:
    return ((at, json.loads(line)["value"]) for at, line in _lines(file))


def _lines(file: Path) -> Iterator[tuple[Place, bytes]]:
    """Each 1,000th record of a partition, as its line."""
    with file.open("rb") as lines:
        for line in lines:
            offset = int(line.split(b'"offset":', 1)[1].split(b",", 1)[0])
            if offset % _SAMPLED == 0:
                yield (json.loads(line)["partition"], offset), line


def _print(runs: Mapping[str, list[Run]]) -> None:
    peer = _KCAT if _KCAT in runs else _PLAIN
    theirs = median(run.seconds for run in runs[peer])
    rows = {}
    for name, each in runs.items():
        seconds = median(run.seconds for run in each)
        rows[name] = (
            f"{seconds:.2f} s",
            f"{median(run.cpu_s for run in each):.2f} s",
            f"{each[0].lines / seconds:,.0f}",
            f"{each[0].size_mb:,.0f} MB",
            f"{seconds / theirs:.2f}",
        )
    print_table(("all", "CPU", "records/s", "written", f"to {peer}"), rows)


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    main()
