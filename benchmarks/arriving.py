"""Order events that arrive at a given rate, written by a process that takes nearly no CPU itself.

`python -m benchmarks.arriving BOOTSTRAP TOPIC RATE` makes lz4 batches of 500 order events once and
sends them again and again as they are, until its input ends. The broker gives each batch its
offsets and its time (the topic says `LogAppendTime`), so they are real records as any other's.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

BATCH = 500
PARTITIONS = 12
_LZ4 = 3
_TICK_S = 0.02
_MADE = 24
_KEPT_BYTES = 40_000_000
"""Of each partition; what is older the broker deletes, so that a long run fills no disk."""


@contextmanager
def arriving(bootstrap: str, topic: str, rate: int) -> Iterator[None]:
    """Let so many records a second arrive; with 0, none."""
    if not rate:
        yield
        return
    command = [sys.executable, "-m", "benchmarks.arriving", bootstrap, topic, str(rate)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[1])
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        if process.wait(20) != 0:
            raise RuntimeError("the process that writes records failed")


def make_topic(bootstrap: str, topic: str) -> None:
    """The topic that the records arrive in."""
    from readers.kafka_writer import KafkaSink
    from readers.source import NewTopic

    config = {
        "message.timestamp.type": "LogAppendTime",
        "retention.bytes": str(_KEPT_BYTES),
        "segment.bytes": str(_KEPT_BYTES // 4),
    }
    sink = KafkaSink(bootstrap, {})
    sink.create_topics([NewTopic(topic, PARTITIONS, config)])
    sink.close()


def batches(count: int) -> list[bytes]:
    """So many lz4 batches of 500 order events each, as a broker takes them."""
    from aiokafka.record.default_records import DefaultRecordBatchBuilder

    from benchmarks.order_topic import order_events

    made: list[bytes] = []
    events = order_events(count * BATCH)
    for _ in range(count):
        builder = DefaultRecordBatchBuilder(2, _LZ4, 0, -1, -1, -1, 10_000_000)
        for number, event in enumerate(islice(events, BATCH)):
            builder.append(number, event.timestamp_ms, event.key, event.value, event.headers)
        made.append(bytes(builder.build()))
    return made


async def write(bootstrap: str, topic: str, rate: int) -> None:
    """Send batches to the partitions in turn, so many records a second, until the input ends."""
    from aiokafka.client import AIOKafkaClient

    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    (node,) = (broker.nodeId for broker in client.cluster.brokers())
    made = batches(_MADE)
    begun_s, sent = time.monotonic(), 0
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    while not ended.done():
        due = int((time.monotonic() - begun_s) * rate / BATCH) - sent
        numbers = range(sent, sent + min(due, PARTITIONS))
        if numbers:
            await _send(client, node, topic, [(n % PARTITIONS, made[n % _MADE]) for n in numbers])
            sent += len(numbers)
        if due <= PARTITIONS:
            await asyncio.sleep(_TICK_S)
    await client.close()


async def _send(
    client: object, node: int, topic: str, batches: Sequence[tuple[int, bytes]]
) -> None:
    from aiokafka.protocol.produce import ProduceRequest

    answer = await client.send(node, ProduceRequest(None, 1, 10_000, [(topic, list(batches))]))  # type: ignore[attr-defined]
    errors = [partition[1] for _, partitions in answer.topics for partition in partitions]
    if any(errors):
        raise RuntimeError(f"the broker refused batches: error codes {errors}")


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    asyncio.run(write(sys.argv[1], sys.argv[2], int(sys.argv[3])))
