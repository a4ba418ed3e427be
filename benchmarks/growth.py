"""What ten times the topic costs: all of it ten times as much, its end and the memory nothing.

`python -m benchmarks.growth` starts its own broker, writes 200,000 and 2,000,000 order events into
two topics, and asks for one key in each: in all partitions, and among the last 10,000 offsets of
each partition. Every search has a process of its own, whose greatest memory counts; they take
turns. `--records 2000000 20000000` takes some minutes, and 3 GB of the disk.
"""

import argparse
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.measuring import in_child, middle, peak_mb, print_table, write_json
from benchmarks.order_topic import fill, order_key

KEY = order_key(4_711)
END_OFFSETS = 10_000
_MODULE = "benchmarks.growth"
_WAYS: Mapping[str, str] = {"all": "all partitions", "end": f"the last {END_OFFSETS:,} of each"}

Measured = Mapping[str, float]


def main() -> None:
    """Measure, print a table, and write the figures where `--json` says."""
    arguments = _arguments()
    if arguments.child is not None:
        print(json.dumps(_measure(*arguments.child)))
        return
    from tests.broker.broker import Broker

    runs: dict[str, list[Measured]] = {}
    with Broker() as broker:
        for count in arguments.records:
            fill(broker.bootstrap, count, topic=_topic(count))
        for _ in range(arguments.repeat):
            for way in _WAYS:
                for count in arguments.records:
                    measured = in_child(_MODULE, broker.bootstrap, _topic(count), way)
                    runs.setdefault(f"{count:,}, {_WAYS[way]}", []).append(measured)
    results = {name: middle(each) for name, each in runs.items()}
    print(f"one key, median of {arguments.repeat}; against the row of the smallest topic")
    _print(results, len(arguments.records))
    write_json(arguments.json, {"runs": runs})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])  # type: ignore[union-attr]
    parser.add_argument("--records", type=int, nargs="+", default=[200_000, 2_000_000])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def _topic(count: int) -> str:
    return f"order-events-{count}"


def _measure(bootstrap: str, name: str, way: str) -> Measured:
    import readers.kafka_scan  # noqa: F401 - it is loaded at the first scan
    from readers.kafka import KafkaSource
    from readers.search import find_key

    source = KafkaSource(bootstrap, {})
    (topic,) = source.topics([name])
    spans: Sequence = topic.spans
    if way == "end":
        spans = [replace(s, start=max(s.start, s.end_exclusive - END_OFFSETS)) for s in spans]
    before_mb, begun_s = peak_mb(), time.perf_counter()
    steps = find_key(source, KEY, [topic], spans, everywhere=way == "all")
    found = sum(len(step.records) for step in steps)
    seconds = time.perf_counter() - begun_s
    source.close()
    return {"seconds": seconds, "found": found, "before_mb": before_mb, "peak_mb": peak_mb()}


def _print(results: Mapping[str, Measured], sizes: int) -> None:
    rows = {}
    for number, (name, found) in enumerate(results.items()):
        smallest = list(results.values())[number - number % sizes]
        rows[name] = (
            f"{found['seconds'] * 1000:,.0f} ms",
            f"{found['seconds'] / smallest['seconds']:.1f} ×",
            f"{found['peak_mb']:,.0f} MB",
            f"{found['peak_mb'] / smallest['peak_mb']:.2f} ×",
            f"{found['found']:,.0f}",
        )
    print_table(("time", "", "peak memory", "", "found"), rows)


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    main()
