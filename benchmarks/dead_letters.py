"""How fast dead letters of a real broker are grouped, beside other ways of reading them.

`python -m benchmarks.dead_letters` starts its own broker, writes 100,000 letters, and lets each
way read them in a process of its own, in turn. Time counts from the start of that process.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

TOPIC = "order-events-dlt"
_PARTITIONS = 6
_KSTORY, _PLAIN, _KCAT = "kstory: grouped", "confluent-kafka: read only", "kcat -f '%h' | grep -c"

Measured = Mapping[str, float]


def main() -> None:
    """Measure, print a table, and write the figures where `--json` says."""
    arguments = _arguments()
    if arguments.child is not None:
        bootstrap, started_s = arguments.child[1], float(arguments.child[2])
        print(json.dumps(_CHILDREN[arguments.child[0]](bootstrap, started_s)))
        return
    from tests.broker.broker import Broker

    with Broker() as broker:
        size_mb = _fill(broker.bootstrap, arguments.letters)
        runs: dict[str, list[Measured]] = {}
        for _ in range(arguments.repeat):
            for name, way in _ways(broker.bootstrap).items():
                runs.setdefault(name, []).append(way())
    results = {name: _middle(measured) for name, measured in runs.items()}
    print(f"{arguments.letters:,} letters, {size_mb:,.0f} MB, median of {arguments.repeat}")
    _print_table(results, arguments.letters)
    if arguments.json is not None:
        figures = {"letters": arguments.letters, "size_mb": size_mb, "runs": runs}
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def _fill(bootstrap: str, count: int) -> float:
    """Write the letters; gives their size in MB."""
    from confluent_kafka import Producer

    from benchmarks.letters import letters
    from readers.kafka_writer import KafkaSink
    from readers.source import NewTopic

    sink = KafkaSink(bootstrap, {})
    sink.create_topics([NewTopic(TOPIC, _PARTITIONS, {"retention.ms": "-1"})])
    sink.close()
    producer = Producer({"bootstrap.servers": bootstrap, "compression.type": "lz4"})
    size = 0
    for letter in letters(count, TOPIC, _PARTITIONS):
        size += letter.size_bytes
        _produce(producer, letter)
    producer.flush()
    return size / 1e6


def _produce(producer, letter) -> None:  # type: ignore[no-untyped-def]
    while True:
        try:
            producer.produce(
                TOPIC, letter.value, letter.key, letter.partition,
                timestamp=letter.timestamp_ms, headers=list(letter.headers),
            )  # fmt: skip
            producer.poll(0)
            return
        except BufferError:
            producer.poll(0.1)


def _ways(bootstrap: str) -> dict[str, Callable[[], Measured]]:
    ways: dict[str, Callable[[], Measured]] = {
        _KSTORY: lambda: _in_child("kstory", bootstrap),
        _PLAIN: lambda: _in_child("plain", bootstrap),
    }
    if shutil.which("kcat"):
        ways[_KCAT] = lambda: _with_kcat(bootstrap)
    return ways


def _in_child(name: str, bootstrap: str) -> Measured:
    command = [sys.executable, "-m", "benchmarks.dead_letters", "--child", name, bootstrap]
    command.append(repr(time.monotonic()))
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: Measured = json.loads(done.stdout)
    return measured


def _with_kcat(bootstrap: str) -> Measured:
    command = f"kcat -C -b {bootstrap} -t {TOPIC} -e -q -f '%h\\n' | grep -c exception-fqcn"
    begun_s = time.monotonic()
    done = subprocess.run(["/bin/sh", "-c", command], check=True, capture_output=True, text=True)
    return {"all_s": time.monotonic() - begun_s, "letters": int(done.stdout)}


def _kstory(bootstrap: str, started_s: float) -> Measured:
    from readers.kafka import KafkaSource
    from replay.deadletters.detection import find_letter_topics
    from replay.deadletters.groups.grouping import Grouping, group_letters

    source = KafkaSource(bootstrap, {})
    topics = source.topics({topic.name for topic in find_letter_topics(source)})
    grouping = Grouping()
    first_s = None
    longest_s, before_s = 0.0, time.monotonic()
    for step in group_letters(source, topics, grouping):
        if step.added and first_s is None:
            grouping.groups()
            first_s = time.monotonic() - started_s
        now_s = time.monotonic()
        longest_s, before_s = max(longest_s, now_s - before_s), now_s
    groups = grouping.groups()
    all_s = time.monotonic() - started_s
    source.close()
    return {
        "first_s": first_s or all_s, "all_s": all_s, "letters": grouping.total,
        "groups": len(groups), "longest_step_s": longest_s, "peak_mb": _peak_mb(),
        "cpu_s": time.process_time(),
    }  # fmt: skip


def _plain(bootstrap: str, started_s: float) -> Measured:
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "plain", "enable.auto.commit": False}
    )
    partitions = [TopicPartition(TOPIC, number, 0) for number in range(_PARTITIONS)]
    consumer.assign(partitions)
    wanted, count = sum(consumer.get_watermark_offsets(each)[1] for each in partitions), 0
    while count < wanted:
        count += len(consumer.consume(2_000, 0.1))
    all_s = time.monotonic() - started_s
    consumer.close()
    return {"all_s": all_s, "letters": count, "peak_mb": _peak_mb(), "cpu_s": time.process_time()}


_CHILDREN: Mapping[str, Callable[[str, float], Measured]] = {"kstory": _kstory, "plain": _plain}


def _peak_mb() -> float:
    """The most memory this process ever had."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1e3
    raise RuntimeError("this system does not tell a process's peak memory")


def _middle(runs: Sequence[Measured]) -> Measured:
    return {name: median(run[name] for run in runs) for name in runs[0]}


def _print_table(results: Mapping[str, Measured], count: int) -> None:
    ours = results[_KSTORY]["all_s"]
    heads = ("first", "all", "CPU", "letters/s", "peak", "ours takes")
    print(f"{'':26}" + "".join(f"{head:>11}" for head in heads))
    for name, found in results.items():
        cells = (
            _told(found, "first_s", "{:.2f} s"),
            _told(found, "all_s", "{:.2f} s"),
            _told(found, "cpu_s", "{:.2f} s"),
            f"{count / found['all_s']:,.0f}",
            _told(found, "peak_mb", "{:.0f} MB"),
            f"{ours / found['all_s']:.2f} ×",
        )
        print(f"{name:26}" + "".join(f"{cell:>11}" for cell in cells))
    if any(found["letters"] != count for found in results.values()):
        sys.exit(f"not all letters were read: {dict(results)}")


def _told(found: Measured, name: str, form: str) -> str:
    return form.format(found[name]) if name in found else "-"


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    main()
