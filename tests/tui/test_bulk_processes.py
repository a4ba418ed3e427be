"""A bulk read by several processes onto one stdout."""

import json
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from readers.errors import KstoryError
from readers.wanted import EVERYTHING, Wanted
from replay.filters import EventFilter
from replay.ranges import Beginning, LastRecords
from tests.broker.broker import Broker
from tests.contract.rigs import KafkaRig
from tests.fakes import record_of
from tests.waiting import wait_until
from tui.bulk_processes import may_share
from tui.output import OutputFailed, ReaderGone
from tui.settings import Settings
from tui.tailing import Asked

EAGER = "import tui.bulk_processes as s; s.WORTH_OFFSETS = 1_000; from tui.cli import main; main()"
ALONE = "from tui.cli import main; main()"
RECORDS = 24_000
PARTITIONS = 6


@pytest.fixture(scope="module")
def topic(broker: Broker) -> str:
    rig = KafkaRig(broker)
    name = rig.topic(PARTITIONS)
    rig.append(
        record_of(
            name, n % PARTITIONS, key=b"order-%d" % n,
            value=b"no json" if n % 1_000 == 0 else b'{"amount":%d,"type":"OrderPaid"}' % n,
        )
        for n in range(RECORDS)
    )  # fmt: skip
    rig.close()
    return name


def tail(code: str, broker: Broker, topic: str, *arguments: str) -> subprocess.Popen[bytes]:
    line = ("-s", broker.bootstrap, "tail", topic, "--no-follow", *arguments)
    return subprocess.Popen(
        [sys.executable, "-c", code, *line],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()}, start_new_session=True,
    )  # fmt: skip


def told(process: subprocess.Popen[bytes]) -> tuple[list[bytes], str, int]:
    out, err = process.communicate(timeout=60)
    return sorted(out.splitlines()), err.decode(), process.returncode


def children(process: subprocess.Popen[bytes]) -> list[int]:
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in found.split()]


def printing(pid: int) -> bool:
    """Whether it is one that prints: not Python's own that keeps count of locks."""
    return b"--multiprocessing-fork" in Path(f"/proc/{pid}/cmdline").read_bytes()


def helper_of(process: subprocess.Popen[bytes]) -> int:
    wait_until(lambda: any(map(printing, children(process))))
    return next(filter(printing, children(process)))


def is_left(group: int) -> bool:
    return any(
        (group == os.getpgid(int(each.name)))
        for each in Path("/proc").iterdir()
        if each.name.isdigit() and alive(int(each.name))
    )


def alive(pid: int) -> bool:
    try:
        os.getpgid(pid)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (OSError, ProcessLookupError):
        return False


@pytest.mark.broker
@pytest.mark.parametrize(
    "arguments",
    [("--json",), (), ("--json", "--where", "value.amount % 3 == 0"), ("--partition", "1,4")],
)
def test_together_they_print_what_one_prints(
    broker: Broker, topic: str, arguments: tuple[str, ...]
) -> None:
    alone = told(tail(ALONE, broker, topic, *arguments))
    together = told(tail(EAGER, broker, topic, *arguments))
    assert together[0] == alone[0]
    assert len(alone[0]) > RECORDS // 4
    assert together[2] == alone[2] == 0
    # Where the condition failed first is another's, and how often is the same.
    assert together[1].split(", first on")[0] == alone[1].split(", first on")[0]


@pytest.mark.broker
def test_they_are_at_work(broker: Broker, topic: str) -> None:
    with tail(EAGER, broker, topic, "--json") as process:  # its output is not read yet
        assert helper_of(process)
        lines, _, code = told(process)
    assert (len({json.loads(line)["key"] for line in lines}), code) == (RECORDS, 0)


@pytest.mark.broker
def test_interrupted_all_of_them_end(broker: Broker, topic: str) -> None:
    with tail(EAGER, broker, topic, "--json") as process:
        helper_of(process)
        os.killpg(process.pid, signal.SIGINT)
        _, said, code = told(process)
        assert (said.strip(), code) == ("", 130)
        wait_until(lambda: not is_left(process.pid))


@pytest.mark.broker
def test_killed_the_others_end_too(broker: Broker, topic: str) -> None:
    with tail(EAGER, broker, topic, "--json") as process:
        helper_of(process)
        process.kill()
        wait_until(lambda: not is_left(process.pid))


@pytest.mark.broker
def test_one_that_is_killed_is_said_and_is_a_failure(broker: Broker, topic: str) -> None:
    with tail(EAGER, broker, topic, "--json") as process:
        os.kill(helper_of(process), signal.SIGKILL)
        _, said, code = told(process)
    assert code == 3
    assert said == (
        "kstory: One of the processes that read it was ended, and what it had left is missing.\n"
    )


@pytest.mark.broker
def test_a_reader_that_leaves_is_no_failure(broker: Broker, topic: str) -> None:
    with tail(EAGER, broker, topic, "--json") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())
        process.stdout.close()
        process.stdout = None
        assert process.wait(60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""
        wait_until(lambda: not is_left(process.pid))


@pytest.mark.broker
def test_a_reader_that_leaves_after_a_few_lines_hears_nothing(broker: Broker, topic: str) -> None:
    where = ("--where", "value.amount % 997 == 1")
    with tail(EAGER, broker, topic, "--json", *where) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert process.wait(60) == 0
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.broker
def test_what_nobody_expected_is_reported_as_always(
    broker: Broker, topic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The condition fails, as no condition should, and only in the other process."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import sys\n"
        "if '--multiprocessing-fork' in sys.orig_argv:\n"
        f"    sys.path.append({os.getcwd()!r})\n"
        "    import replay.filters\n"
        "    replay.filters.EventFilter.matches = lambda *_: {}['secret']\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(folder), os.getcwd())))
    line = ("-s", broker.bootstrap, "tail", topic, "--no-follow", "--where", "value.amount > 0")
    done = subprocess.run(
        [sys.executable, "-c", EAGER, *line], capture_output=True, check=False, timeout=60
    )
    said = done.stderr.decode()
    assert done.returncode == 70, said
    assert "kstory failed (KeyError); please report it with " in said
    assert "secret" not in said
    assert "Traceback" not in said
    (report,) = tmp_path.glob("kstory/crash-*.txt")
    assert "tui/bulk_processes.py" in report.read_text()


def asked(**other: object) -> Asked:
    values = {
        "start": Beginning(), "until": None, "follow": False, "partitions": None,
        "bytes": EVERYTHING, "everywhere": False, "where": None, "limit": None,
    }  # fmt: skip
    return Asked(**{**values, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        (Settings(source="kafka:9092"), asked(limit=1_000_000)),
        (Settings(source="kafka:9092"), asked(start=LastRecords(1_000_000))),
        (Settings(source="kafka:9092"), asked(bytes=Wanted(frozenset([b"key"])))),
        (Settings(source="kafka:9092", max_mb_per_s=5.0), asked()),
        (Settings(source="demo.kstory"), asked()),
    ],
)
def test_what_one_has_to_print_alone_is_not_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, wanted: Asked
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo.kstory").touch()
    assert not may_share(settings, wanted, is_stdout_inherited=True)


def test_all_of_a_cluster_s_topic_is_shared_where_there_is_one_stdout() -> None:
    settings = Settings(source="kafka:9092")
    assert may_share(settings, asked(), is_stdout_inherited=True)
    assert not may_share(settings, asked(), is_stdout_inherited=False)


def test_the_settings_go_along_with_what_they_were_resolved_to() -> None:
    settings = Settings(source="kafka:9092")
    spec = settings.spec
    assert pickle.loads(pickle.dumps(settings)).__dict__["spec"] == spec


@pytest.mark.parametrize("error", [OutputFailed("full"), ReaderGone(), KstoryError("no")])
def test_what_went_wrong_can_be_told_to_the_first(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (type(error), str(error))


def test_a_condition_is_the_same_in_another_process() -> None:
    again = pickle.loads(pickle.dumps(EventFilter("value.amount > 1")))
    assert again.text == "value.amount > 1"
