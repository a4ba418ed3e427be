"""How fast one key's records, or a text, are found in a big topic, beside kcat.

`python -m benchmarks.key_search` starts its own broker, writes 2,000,000 order events, and lets
each way search in a process of its own, all in turn, as often as `--repeat` says. The engine's time
counts from the question to the end of the search, in a source that is open with its modules loaded;
that of kcat and of `kstory` is the whole process. All have to find the same records: there is no
table otherwise.
"""

import argparse
import json
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.measuring import in_child, print_table, timed, write_json
from benchmarks.order_topic import (
    KEYS,
    PARTITIONS,
    TOPIC,
    filled_broker,
    order_arguments,
    order_key,
)

KEY = order_key(4_711)
TEXT = b"customer-4711"
_KSTORY = shlex.quote(str(Path(sys.executable).with_name("kstory")))
_MODULE = "benchmarks.key_search"

Positions = frozenset[tuple[int, int]]


class Run(NamedTuple):
    """How long a way took, and the partition and the offset of what it found."""

    seconds: float
    positions: Positions


class Way(NamedTuple):
    """A way of searching; `peer` names the one it is measured against."""

    run: Callable[[], Run]
    peer: str


_KCAT = "kcat | grep"
_KCAT_TEXT = "kcat -J | grep, a text"


def main() -> None:
    """Measure, compare the answers, print a table, and write the figures where `--json` says."""
    arguments = _arguments()
    if arguments.child is not None:
        print(json.dumps(_CHILDREN[arguments.child[0]](*arguments.child[1:])))
        return
    with (
        filled_broker(arguments.bootstrap, {TOPIC: arguments.records}) as bootstrap,
        tempfile.TemporaryDirectory() as cache,
    ):
        ways = _ways(bootstrap, cache)
        for name in (_ENGINE_CACHED, _KSTORY_CACHED):
            ways[name].run()  # the first time it is remembered
        indexed_s, _ = timed(_index(bootstrap), os.environ | {"XDG_CACHE_HOME": f"{cache}/index"})
        runs: dict[str, list[Run]] = {name: [] for name in ways}
        for _ in range(arguments.repeat):
            for name, way in ways.items():
                runs[name].append(way.run())
    _compare(runs, ways)
    print(
        f"one of {KEYS:,} keys in {arguments.records:,} order events, {PARTITIONS} partitions, lz4"
    )
    print(f"median of {arguments.repeat}; found: {len(runs[_ENGINE_KNOWN][0].positions)}")
    _print(runs, ways)
    print(f"kstory cache index took {indexed_s * 1000:,.0f} ms, once")
    seconds = {name: [run.seconds for run in each] for name, each in runs.items()}
    figures = {"records": arguments.records, "seconds": seconds, "index_seconds": indexed_s}
    write_json(arguments.json, figures)


def _arguments() -> argparse.Namespace:
    parser = order_arguments(__doc__)
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args()


_ENGINE_ALL = "engine, all partitions"
_ENGINE_KNOWN = "engine, known partition"
_ENGINE_CACHED = "engine, asked before"
_KSTORY_CACHED = "kstory tail, asked before"
_KSTORY_INDEXED = "kstory tail, indexed"


def _ways(bootstrap: str, cache: str) -> dict[str, Way]:
    """Each way by its name; kcat's are left out where it is not installed."""
    ways = {
        _KCAT: Way(lambda: _by_kcat(bootstrap), _KCAT),
        "confluent-kafka, consume": Way(lambda: _child("consume", bootstrap), _KCAT),
        _ENGINE_ALL: Way(lambda: _child("engine", bootstrap, "all"), _KCAT),
        _ENGINE_KNOWN: Way(lambda: _child("engine", bootstrap, "known"), _KCAT),
        _ENGINE_CACHED: Way(lambda: _child("engine", bootstrap, "known", cache), _KCAT),
        "kstory tail --all-partitions": Way(
            lambda: _by_kstory(bootstrap, "--no-cache --all-partitions"), _KCAT
        ),
        "kstory tail, known partition": Way(lambda: _by_kstory(bootstrap, "--no-cache"), _KCAT),
        _KSTORY_CACHED: Way(lambda: _by_kstory(bootstrap, "", cache), _KCAT),
        _KSTORY_INDEXED: Way(lambda: _never_asked(bootstrap, f"{cache}/index"), _KCAT),
        _KCAT_TEXT: Way(lambda: _text_by_kcat(bootstrap), _KCAT_TEXT),
        "engine, a text": Way(lambda: _child("text", bootstrap), _KCAT_TEXT),
    }
    if shutil.which("kcat") is None:
        return {name: way for name, way in ways.items() if name not in (_KCAT, _KCAT_TEXT)}
    return ways


def _by_kcat(bootstrap: str) -> Run:
    consume = f"kcat -C -b {bootstrap} -t {TOPIC} -e -q -f '%k %p %o\\n'"
    seconds, told = timed(f"{consume} | grep '^{KEY.decode()} '")
    return Run(seconds, _positions(line.split(" ")[1:] for line in told.splitlines()))


def _text_by_kcat(bootstrap: str) -> Run:
    consume = f"kcat -C -b {bootstrap} -t {TOPIC} -e -q -J"
    seconds, told = timed(f"{consume} | grep '{TEXT.decode()}'")
    found = map(json.loads, told.splitlines())
    return Run(seconds, _positions((each["partition"], each["offset"]) for each in found))


def _index(bootstrap: str) -> str:
    return f"{_KSTORY} -s {bootstrap} cache index {TOPIC}"


def _never_asked(bootstrap: str, cache: str) -> Run:
    """With a copy of the index as it was made, so that no search before this one is remembered."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(cache, folder, dirs_exist_ok=True)
        return _by_kstory(bootstrap, "--all-partitions", folder)


def _by_kstory(bootstrap: str, options: str, cache: str = "") -> Run:
    asked = f"--key {KEY.decode()} --no-follow --json {options}"
    environment = os.environ | ({"XDG_CACHE_HOME": cache} if cache else {})
    seconds, told = timed(f"{_KSTORY} tail -s {bootstrap} {TOPIC} {asked}", environment)
    found = map(json.loads, told.splitlines())
    return Run(seconds, _positions((each["partition"], each["offset"]) for each in found))


def _child(*arguments: str) -> Run:
    told = in_child(_MODULE, *arguments)
    return Run(told["seconds"], _positions(told["positions"]))


def _positions(pairs) -> Positions:  # type: ignore[no-untyped-def]
    return frozenset((int(partition), int(offset)) for partition, offset in pairs)


def _engine(bootstrap: str, where: str, cache: str | None = None) -> Mapping[str, object]:
    from readers.search import find_key

    with _opened(bootstrap, cache) as (source, topic):
        begun_s = time.perf_counter()
        steps = find_key(source, KEY, [topic], topic.spans, everywhere=where == "all")
        return _told(begun_s, steps)


def _text(bootstrap: str) -> Mapping[str, object]:
    from readers.search import find_texts

    with _opened(bootstrap) as (source, topic):
        begun_s = time.perf_counter()
        return _told(begun_s, find_texts(source, [TEXT], topic.spans))


def _told(begun_s: float, steps) -> Mapping[str, object]:  # type: ignore[no-untyped-def]
    found = [(each.partition, each.offset) for step in steps for each in step.records]
    return {"seconds": time.perf_counter() - begun_s, "positions": found}


def _consume(bootstrap: str) -> Mapping[str, object]:
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "plain",
            "enable.auto.commit": False,
            "fetch.queue.backoff.ms": 10,  # with the client's own second it takes six times as long
        }
    )
    partitions = [TopicPartition(TOPIC, number, 0) for number in range(PARTITIONS)]
    wanted, count = sum(consumer.get_watermark_offsets(each)[1] for each in partitions), 0
    found = []
    begun_s = time.perf_counter()
    consumer.assign(partitions)
    while count < wanted:
        messages = consumer.consume(10_000, 0.1)
        count += len(messages)
        found += [(each.partition(), each.offset()) for each in messages if each.key() == KEY]
    seconds = time.perf_counter() - begun_s
    consumer.close()
    return {"seconds": seconds, "positions": found}


@contextmanager
def _opened(bootstrap: str, cache: str | None = None) -> Iterator[tuple]:  # type: ignore[type-arg]
    import readers.kafka_scan  # noqa: F401 - it is loaded at the first scan
    from readers.kafka import KafkaSource

    source = KafkaSource(bootstrap, {}, cache_folder=Path(cache) if cache else None)
    (topic,) = source.topics([TOPIC])
    yield source, topic
    source.close()


_CHILDREN: Mapping[str, Callable[..., Mapping[str, object]]] = {
    "engine": _engine,
    "text": _text,
    "consume": _consume,
}


def _compare(runs: Mapping[str, list[Run]], ways: Mapping[str, Way]) -> None:
    """See that all ways found what their peer did, or where it is missing what each other did."""
    right: dict[str, Positions] = {}
    for name, each in runs.items():
        for run in each:
            if run.positions != right.setdefault(ways[name].peer, run.positions):
                sys.exit(f"{name} found other records: {sorted(run.positions)}")
    if not all(right.values()):
        sys.exit("nothing was found")


def _print(runs: Mapping[str, list[Run]], ways: Mapping[str, Way]) -> None:
    seconds = {name: median(run.seconds for run in each) for name, each in runs.items()}
    rows = {}
    for name, each in runs.items():
        peer = seconds.get(ways[name].peer)
        times = "-" if peer is None else f"{peer / seconds[name]:.1f} ×"
        worst = max(run.seconds for run in each)
        rows[name] = (f"{seconds[name] * 1000:,.0f} ms", f"{worst * 1000:,.0f} ms", times)
    print_table(("median", "slowest", "faster"), rows)


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    main()
