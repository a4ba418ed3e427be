"""Brokers stop, hang, and are not where they are said to be: what is shown, and how soon."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from readers.errors import ConfigError, KstoryError, SourceError, SourceRefused, SourceUnreachable
from readers.kafka import KafkaSource
from readers.record import Position
from readers.source import ConnectionState
from tests.awkward import awkward_record
from tests.broker.broker import Broker, free_ports, wait_until
from tests.contract.rigs import KafkaRig


@pytest.fixture(scope="module")
def frail() -> Iterator[Broker]:
    """A broker for the tests of this file, which stop it and make it hang."""
    from tests.conftest import started_broker

    yield from started_broker()


def state(source: KafkaSource) -> ConnectionState:
    return source.connection().state


def seconds_until(source: KafkaSource, wanted: ConnectionState, timeout_s: float) -> float:
    started = time.monotonic()
    wait_until(lambda: state(source) is wanted, timeout_s=timeout_s)
    return time.monotonic() - started


@pytest.mark.broker
def test_a_dead_broker_is_noticed_while_nobody_reads_and_found_again(frail: Broker) -> None:
    source = KafkaSource(frail.bootstrap, {})
    source.topics()
    seconds_until(source, ConnectionState.LIVE, timeout_s=3)
    frail.kill()
    assert seconds_until(source, ConnectionState.GONE, timeout_s=5) < 2
    frail.start()
    seconds_until(source, ConnectionState.LIVE, timeout_s=10)
    source.close()


@pytest.mark.broker
def test_a_follow_goes_on_after_a_restart_and_loses_nothing(frail: Broker) -> None:
    rig = KafkaRig(frail)
    topic = rig.topic()
    source = rig.open()
    tail = source.follow([Position(topic, 0, 0)])
    offsets: list[int] = []

    def append_and_read() -> bool:
        offsets.extend(record.offset for record in next(tail).records)
        return state(source) is ConnectionState.LIVE

    rig.append([awkward_record()._replace(topic=topic)] * 3)
    wait_until(append_and_read, timeout_s=10, every_s=0)
    frail.stop()
    wait_until(lambda: not append_and_read(), timeout_s=10, every_s=0)
    frail.start()
    wait_until(append_and_read, timeout_s=20, every_s=0)
    rig.append([awkward_record()._replace(topic=topic)] * 3)
    wait_until(lambda: append_and_read() and len(offsets) >= 6, timeout_s=10, every_s=0)
    assert offsets == list(range(6))
    rig.close()


@pytest.mark.broker
def test_a_hung_broker_is_silent_and_then_live_again(frail: Broker) -> None:
    rig = KafkaRig(frail)
    topic = rig.topic()
    source = rig.open()
    tail = source.follow([Position(topic, 0, 0)])

    def is_now(wanted: ConnectionState) -> bool:
        next(tail)
        return state(source) is wanted

    wait_until(lambda: is_now(ConnectionState.LIVE), timeout_s=10, every_s=0)
    frail.pause()
    started = time.monotonic()
    wait_until(lambda: is_now(ConnectionState.SILENT), timeout_s=10, every_s=0)
    assert time.monotonic() - started < 6
    with pytest.raises(SourceUnreachable):
        source.topics()
    frail.resume()
    wait_until(lambda: is_now(ConnectionState.LIVE), timeout_s=20, every_s=0)
    rig.close()


@pytest.mark.broker
def test_a_source_closes_within_two_seconds_while_the_broker_hangs(frail: Broker) -> None:
    rig = KafkaRig(frail)
    topic = rig.topic()
    source = KafkaSource(frail.bootstrap, {})
    next(source.follow([Position(topic, 0, 0)]))
    frail.pause()
    started = time.monotonic()
    source.close()
    assert time.monotonic() - started < 2
    frail.resume()
    rig.close()


@pytest.mark.broker
@pytest.mark.parametrize("protocol", ["ssl", "sasl_plaintext"])
def test_a_wrong_security_protocol_is_named_at_once(frail: Broker, protocol: str) -> None:
    login = {"sasl.mechanism": "PLAIN", "sasl.username": "u", "sasl.password": "canary"}
    properties = {"security.protocol": protocol} | (login if "sasl" in protocol else {})
    source = KafkaSource(frail.bootstrap, properties)
    started = time.monotonic()
    with pytest.raises(SourceError, match=r"wrong security\.protocol\?$") as error:
        source.topics()
    assert time.monotonic() - started < 2
    assert "canary" not in str(error.value)
    source.close()


def failure(address: str, properties: dict[str, str] | None = None) -> tuple[KstoryError, float]:
    source = KafkaSource(address, properties or {}, connect_timeout_s=2)
    started = time.monotonic()
    with pytest.raises(KstoryError) as error:
        source.topics()
    source.close()
    return error.value, time.monotonic() - started


def test_a_port_that_nothing_listens_on_is_told_in_time() -> None:
    (port,) = free_ports(1)
    error, seconds = failure(f"127.0.0.1:{port}")
    assert isinstance(error, SourceUnreachable)
    assert "Nothing listens there" in str(error)
    assert seconds < 3


def test_a_name_that_means_nothing_is_told_at_once() -> None:
    error, seconds = failure("no-such-host.invalid:9092")
    assert isinstance(error, SourceUnreachable)
    assert "host name" in str(error)
    assert seconds < 2


def test_a_server_that_is_no_broker_is_told_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=hang_up_on_everyone, args=(server,), daemon=True).start()
        error, seconds = failure(f"127.0.0.1:{server.getsockname()[1]}")
    assert isinstance(error, SourceUnreachable)
    assert "wrong security.protocol?" in str(error)
    assert seconds < 3


def hang_up_on_everyone(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        connection.recv(100)
        connection.close()


def test_an_unknown_property_is_named() -> None:
    error, _ = failure("127.0.0.1:9092", {"no.such.property": "1"})
    assert isinstance(error, ConfigError)
    assert "no.such.property" in str(error)


def test_a_file_that_is_missing_is_a_fault_of_the_configuration() -> None:
    error, _ = failure(
        "127.0.0.1:9092", {"security.protocol": "ssl", "ssl.ca.location": "/no/such/file"}
    )
    assert isinstance(error, ConfigError)
    assert "ssl.ca.location" in str(error)


def test_a_closed_source_refuses() -> None:
    source = KafkaSource("127.0.0.1:9092", {})
    source.close()
    with pytest.raises((SourceRefused, SourceUnreachable)):
        source.topics()
