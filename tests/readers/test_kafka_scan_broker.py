"""A scan of a real broker that restarts, hangs, or wants a login over TLS."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from readers.errors import SourceUnreachable
from readers.kafka import KafkaSource
from readers.kafka_admin import KafkaAdmin
from readers.kafka_health import Health
from readers.kafka_scan import KafkaScan
from readers.raw_batches.connection import Address, BrokerConnection, NotServed
from readers.raw_batches.security import login_arguments
from readers.record import Record, Span
from readers.source import Batch
from readers.wanted import EVERYTHING
from tests.awkward import awkward_record
from tests.broker.broker import Broker, free_ports
from tests.contract.rigs import KafkaRig
from tests.readers.test_kafka_scan import scan_threads
from tests.waiting import wait_until

PASSWORD = 'p=a,s"s w\u00f6rd'
_LOGIN = """
listeners=PLAINTEXT://127.0.0.1:{{port}},CONTROLLER://127.0.0.1:{{controller_port}},{login}
advertised.listeners=PLAINTEXT://127.0.0.1:{{port}},{login}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_SSL
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.login.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="secret";
listener.name.login.scram-sha-256.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.login.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.login.ssl.keystore.type=PEM
listener.name.login.ssl.keystore.location={certificate}
"""


class Frail(NamedTuple):
    """A broker for the tests of this file, and where it wants a login."""

    broker: Broker
    login: str
    certificate: Path

    def properties(self, mechanism: str, password: str) -> dict[str, str]:
        return {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": mechanism,
            "sasl.username": "alice",
            "sasl.password": password,
            "ssl.ca.location": str(self.certificate),
        }


@pytest.fixture(scope="module")
def frail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Frail]:
    from tests.conftest import started_broker

    certificate = tmp_path_factory.mktemp("tls") / "broker.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(certificate), "-out", "-"]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    with certificate.open("a") as file:
        file.write(made.stdout)
    (port,) = free_ports(1)
    properties = _LOGIN.format(login=f"LOGIN://127.0.0.1:{port}", certificate=certificate)
    for broker in started_broker(properties):
        yield Frail(broker, f"127.0.0.1:{port}", certificate)


@pytest.fixture
def topic(frail: Frail) -> Iterator[str]:
    """A topic of 8 MB."""
    rig = KafkaRig(frail.broker)
    topic = rig.topic()
    rig.append(awkward_record(b"x" * 100_000)._replace(topic=topic) for _ in range(80))
    yield topic
    rig.close()


def records(batches: Iterator[Batch]) -> list[Record]:
    return [record for batch in batches for record in batch.records]


def offsets(found: list[Record]) -> list[int]:
    return [record.offset for record in found]


@pytest.mark.broker
def test_a_broker_that_restarts_in_mid_scan_costs_only_time(frail: Frail, topic: str) -> None:
    source = KafkaSource(frail.broker.bootstrap, {}, max_bytes_per_s=2_000_000, timeout_s=0.5)
    steps = source.scan(EVERYTHING, [Span(topic, 0, 0, 80)])
    found = list(next(step for step in steps if step.records).records)
    frail.broker.stop()
    for _ in range(6):  # among them some in which nobody answers
        found += next(steps).records
    frail.broker.start()
    found += records(steps)
    assert offsets(found) == list(range(80))
    source.close()


class Clock:
    """Time of which a second takes a minute, as long as it is not told to pass otherwise."""

    def __init__(self) -> None:
        self._times, self._since_s, self._passed_s = 1 / 60, time.monotonic(), 0.0

    def __call__(self) -> float:
        return self._passed_s + (time.monotonic() - self._since_s) * self._times

    def pass_at(self, times: float) -> None:
        self._passed_s, self._since_s = self(), time.monotonic()
        self._times = times


@pytest.mark.broker
def test_a_broker_that_hangs_is_waited_for_and_then_told(frail: Frail, topic: str) -> None:
    clock = Clock()
    admin = KafkaAdmin(
        frail.broker.bootstrap, {}, Health(time.monotonic), connect_timeout_s=5, timeout_s=0.3
    )
    scan = KafkaScan(
        {}, admin, lambda _: iter(()), max_bytes_per_s=2_000_000, clock=clock, patience_s=1.0
    )
    steps = scan.scan(EVERYTHING, [Span(topic, 0, 0, 80)])
    assert next(step for step in steps if step.records)
    frail.broker.pause()
    clock.pass_at(1)
    with pytest.raises(SourceUnreachable, match=f"{topic}:0.*Check whether the broker"):
        list(steps)
    wait_until(lambda: not scan_threads())
    frail.broker.resume()
    clock.pass_at(1 / 60)
    assert len(records(scan.scan(EVERYTHING, [Span(topic, 0, 60, 80)]))) == 20
    admin.close()


@pytest.mark.broker
def test_a_scan_can_be_left_while_the_broker_hangs(frail: Frail, topic: str) -> None:
    source = KafkaSource(frail.broker.bootstrap, {}, max_bytes_per_s=2_000_000)
    steps = source.scan(EVERYTHING, [Span(topic, 0, 0, 80)])
    assert next(step for step in steps if step.records)
    frail.broker.pause()
    steps.close()  # type: ignore[attr-defined]
    wait_until(lambda: not scan_threads())
    frail.broker.resume()
    source.close()


@pytest.mark.broker
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_login_over_tls_is_our_own_and_says_nothing(
    frail: Frail, topic: str, mechanism: str
) -> None:
    password = "secret" if mechanism == "PLAIN" else PASSWORD
    if mechanism != "PLAIN":
        let_in(frail.broker, mechanism)
    source = KafkaSource(frail.login, frail.properties(mechanism, password))
    batches = list(source.scan(EVERYTHING, [Span(topic, 0, 70, 80)]))
    assert [notice for batch in batches for notice in batch.notices] == []
    assert offsets(records(iter(batches))) == list(range(70, 80))
    source.close()


def let_in(broker: Broker, mechanism: str) -> None:
    """Make alice a password for this mechanism."""
    kind = getattr(ScramMechanism, mechanism.replace("-", "_"))
    alice = UserScramCredentialUpsertion(
        "alice", ScramCredentialInfo(kind, 4096), PASSWORD.encode()
    )
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    for future in admin.alter_user_scram_credentials([alice]).values():
        future.result(30)


@pytest.mark.broker
@pytest.mark.parametrize("wrong", ["password", "authority", "protocol"])
async def test_a_login_that_is_refused_is_not_tried_again(frail: Frail, wrong: str) -> None:
    properties = frail.properties("PLAIN", "guess" if wrong == "password" else "secret")
    if wrong == "authority":
        del properties["ssl.ca.location"]
    if wrong == "protocol":
        properties["security.protocol"] = "SASL_PLAINTEXT"
    address = frail.broker.bootstrap if wrong == "protocol" else frail.login
    host, port = address.split(":")
    connection = BrokerConnection("test", login_arguments(properties), committed=True)
    with pytest.raises(NotServed) as error:
        await connection.open(Address(host, int(port)), 30)
    assert "guess" not in str(error.value)
    await connection.close()
