"""`kstory demo --to`: the same incident in a real cluster, and only when writing is allowed."""

import json
import os
import subprocess
import sys

from tests.broker.broker import Broker


def _kstory(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip


def test_the_demo_is_written_into_a_cluster_and_tells_its_incident(own_broker: Broker) -> None:
    refused = _kstory("demo", "--to", own_broker.bootstrap)
    assert (refused.returncode, "--allow-writes" in refused.stderr) == (2, True)
    assert _kstory("-s", own_broker.bootstrap, "topics", "--json").stdout == ""
    assert _kstory("demo", "--to", own_broker.bootstrap, "--allow-writes").returncode == 0
    story = json.loads(_kstory("-s", own_broker.bootstrap, "story", "order-4711", "--json").stdout)
    marks = {mark for event in story["events"] for mark in event["marks"]}
    assert {"dead-lettered", "duplicate", "gap"} <= marks
    assert story["complete"] is True
