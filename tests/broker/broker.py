"""A real Kafka broker for tests: one KRaft node on free loopback ports, in a temporary folder.

It dies with the test run, however that ends: a watchdog holds the reading end of a pipe, and when
the pipe closes it kills the broker and removes the folder.
"""

import base64
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from readers.record import Position, Record
from tests.broker.jars import kafka_jars
from tests.waiting import wait_until

_JVM = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
_START_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 15.0
# Lines on its input are the process to end, the last one counts; an empty one means none.
_WATCHDOG = """
pid=
while read -r line; do pid=$line; done
[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
rm -rf "$1"
"""
# Records of tests have fixed times: a week later a broker would delete them while it is tested.
_SERVER_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/data
num.partitions=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.coordinator.rebalance.protocols=classic,consumer
auto.create.topics.enable=true
message.max.bytes=41943040
socket.request.max.bytes=83886080
log.cleaner.backoff.ms=200
log.retention.ms=-1
log.retention.check.interval.ms=1000
log.initial.task.delay.ms=100
file.delete.delay.ms=100
broker.heartbeat.interval.ms=200
broker.session.timeout.ms=1000
"""


class Broker:
    """A broker that can be stopped, started again on its data, and made to hang."""

    def __init__(self, properties: str = "") -> None:
        """`properties`: lines to add to those of the server, with `{port}` as they have it."""
        self._jars = kafka_jars()
        self._folder = Path(tempfile.mkdtemp(prefix="kstory-broker-"))
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHDOG, "watchdog", str(self._folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self._process: subprocess.Popen[bytes] | None = None
        port, controller_port = free_ports(2)
        self.bootstrap = f"127.0.0.1:{port}"
        self.cluster_id = _new_cluster_id()
        config = (_SERVER_PROPERTIES + properties).format(
            port=port, controller_port=controller_port, folder=self._folder
        )
        self._config.write_text(config)

    def __enter__(self) -> "Broker":
        try:
            self._format()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start it on its data and wait until it answers as the cluster that was formatted."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._java("kafka.Kafka", str(self._config)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._guard(str(self._process.pid))
        self._await_metadata()

    def stop(self) -> None:
        """End it in good order; its data and its address stay."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Make it hang: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._signal(signal.SIGCONT)

    def corrupt(self, topic: str, content: bytes) -> None:
        """Flip a bit of these bytes where partition 0 of the topic lies on the disk."""
        (segment,) = (self._folder / "data" / f"{topic}-0").glob("*.log")
        at = segment.read_bytes().index(content)
        with segment.open("r+b") as file:
            file.seek(at)
            file.write(bytes([content[0] ^ 1]))

    def cut_off(self, topic: str) -> None:
        """Take the last part of partition 0 away, as a crash of the machine does; it is ended."""
        (segment,) = (self._folder / "data" / f"{topic}-0").glob("*.log")
        with segment.open("r+b") as file:
            file.truncate(segment.stat().st_size - 10)

    def close(self) -> None:
        """End it and remove all it wrote."""
        if self._process is not None:
            self.resume()
            self.kill()
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.close()
        self._watchdog.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def produce_with_java(
        self, records: Sequence[Record], *, choose: bool = False, codec: str = "none"
    ) -> list[Position]:
        """Produce with the Java client; with `choose` its partitioner chooses the partitions."""
        lines = "".join(_java_line(record, choose) for record in records)
        program = (str(Path(__file__).with_name("JavaProducer.java")), self.bootstrap, codec)
        done = subprocess.run(
            ["java", *_JVM, *self._quiet(), "-cp", f"{self._jars}/*", *program],
            input=lines.encode("ascii"),
            capture_output=True,
            check=False,
            timeout=120,
        )
        if done.returncode != 0:
            raise RuntimeError(f"the Java producer failed:\n{done.stderr.decode()[-4000:]}")
        where = [line.split("\t") for line in done.stdout.decode().splitlines()]
        return [
            Position(record.topic, int(partition), int(offset))
            for record, (partition, offset) in zip(records, where, strict=True)
        ]

    @property
    def _config(self) -> Path:
        return self._folder / "server.properties"

    @property
    def _log(self) -> Path:
        return self._folder / "broker.log"

    @staticmethod
    def _quiet() -> tuple[str, ...]:
        return ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",)

    def _java(self, *arguments: str) -> list[str]:
        return ["java", *_JVM, *self._quiet(), "-cp", f"{self._jars}/*", *arguments]

    def _format(self) -> None:
        done = subprocess.run(
            self._java(
                "kafka.tools.StorageTool", "format", "-t", self.cluster_id, "-c", str(self._config)
            ),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"the broker's folder was not formatted:\n{done.stderr}")

    def _await_metadata(self) -> None:
        admin = AdminClient(
            {
                "bootstrap.servers": self.bootstrap,
                "allow.auto.create.topics": False,
                "reconnect.backoff.max.ms": 100,
                "log_level": 0,
            }
        )

        def answers() -> bool:
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"the broker ended:\n{self._log.read_text()[-4000:]}")
            try:
                found = admin.list_topics(timeout=2)
            except KafkaException:
                return False
            if found.cluster_id != self.cluster_id:
                raise RuntimeError(f"{self.bootstrap} is another cluster, {found.cluster_id}")
            return bool(found.brokers)

        wait_until(answers, timeout_s=_START_TIMEOUT_S)

    def _guard(self, pid: str) -> None:
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.write(f"{pid}\n".encode())
        self._watchdog.stdin.flush()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._signal(number)
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._guard("")
        self._process = None


def free_ports(count: int) -> list[int]:
    """Loopback ports that nothing listens on.

    They lie below the ephemeral range: a client that polls a closed port of that range can be
    given the same port for its own end, connect to itself, and keep the port taken.
    """
    ports: list[int] = []
    for port in random.sample(range(20_000, 32_000), 500):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            ports.append(port)
        if len(ports) == count:
            return ports
    raise RuntimeError("no free loopback port below 32768")


def _new_cluster_id() -> str:
    # A leading dash would be read as an option by the format tool.
    return "k" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]


def _java_line(record: Record, choose: bool) -> str:
    fields = [
        record.topic,
        "-" if choose else str(record.partition),
        "-" if record.timestamp_ms is None else str(record.timestamp_ms),
        _field(record.key),
        _field(record.value),
    ]
    for name, value in record.headers:
        fields += [_field(name.encode()), _field(value)]
    return "\t".join(fields) + "\n"


def _field(value: bytes | None) -> str:
    return "-" if value is None else base64.b64encode(value).decode("ascii")
