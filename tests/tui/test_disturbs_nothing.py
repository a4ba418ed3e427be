"""The commands and the app leave a cluster as it was, even one that makes topics by itself."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from readers.kafka_writer import KafkaSink
from readers.record import Record, TimestampType
from readers.source import NewTopic
from tests.broker.broker import Broker
from tests.broker.snapshot import settle, take_snapshot
from tests.tui.terminal import Terminal

ORDERS, PAYMENTS = "quiet-orders", "quiet-payments"


@pytest.fixture(scope="module")
def cluster(broker: Broker) -> str:
    with closing(KafkaSink(broker.bootstrap, {})) as sink:
        sink.create_topics(
            [NewTopic(name, 2, {"retention.ms": "-1"}) for name in (ORDERS, PAYMENTS)]
        )
        sink.write([
            Record(topic, 0, 0, 1_795_435_200_000 + n, TimestampType.CREATE, b"order-1",
                   b'{"type":"Paid"}', ())
            for n in range(20) for topic in (ORDERS, PAYMENTS)
        ])  # fmt: skip
    settle(broker.bootstrap)
    return broker.bootstrap


def _kstory(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        capture_output=True, timeout=60, check=False, env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip


def test_the_commands_leave_a_cluster_as_it_was(cluster: str) -> None:
    before = take_snapshot(cluster)
    for arguments in (
        ("topics",),
        ("tail", ORDERS, "--no-follow"),
        ("tail", "a-topic-that-is-not-there", "--no-follow"),
        ("story", "order-1", "--topics", f"{ORDERS},{PAYMENTS}"),
        ("story", "order-1", "--topics", "not-there-either"),
        ("state", "order-1"),
        ("doctor",),
    ):
        _kstory("-s", cluster, *arguments)
    assert take_snapshot(cluster) == before


def test_the_whole_app_leaves_a_cluster_as_it_was(cluster: str, tmp_path: Path) -> None:
    before = take_snapshot(cluster)
    with Terminal("-s", cluster, ORDERS, folder=str(tmp_path)) as terminal:
        terminal.wait_for("following")
        terminal.press("\x1b[A")
        terminal.press("s")
        terminal.wait_for("state at")
        terminal.press("\r")
        terminal.wait_for("following")
        terminal.press("q")
        assert terminal.leave() == 0
    assert take_snapshot(cluster) == before
