"""Brokers stop, hang, and are not where they are said to be: what is shown, and how soon."""

import socket
import threading
from collections.abc import Iterator

import pytest

from readers.errors import ConfigError, KstoryError, SourceError, SourceRefused, SourceUnreachable
from readers.kafka import KafkaSource
from readers.record import Position
from readers.source import ConnectionState
from tests.awkward import awkward_record
from tests.broker.broker import Broker, free_ports
from tests.contract.rigs import KafkaRig
from tests.waiting import soon, wait_until

LONG_S = 120.0
"""To connect: what is told before was not waited for."""


@pytest.fixture(scope="module")
def frail() -> Iterator[Broker]:
    """A broker for the tests of this file, which stop it and make it hang."""
    from tests.conftest import started_broker

    yield from started_broker()


def state(source: KafkaSource) -> ConnectionState:
    return source.connection().state


def wait_for(source: KafkaSource, wanted: ConnectionState) -> None:
    wait_until(lambda: state(source) is wanted)


@pytest.mark.broker
def test_a_dead_broker_is_noticed_while_nobody_reads_and_found_again(frail: Broker) -> None:
    source = KafkaSource(frail.bootstrap, {})
    source.topics()
    wait_for(source, ConnectionState.LIVE)
    frail.kill()
    wait_for(source, ConnectionState.GONE)
    frail.start()
    wait_for(source, ConnectionState.LIVE)
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
    wait_until(append_and_read, every_s=0)
    frail.stop()
    wait_until(lambda: not append_and_read(), every_s=0)
    frail.start()
    wait_until(append_and_read, every_s=0)
    rig.append([awkward_record()._replace(topic=topic)] * 3)
    wait_until(lambda: append_and_read() and len(offsets) >= 6, every_s=0)
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

    wait_until(lambda: is_now(ConnectionState.LIVE), every_s=0)
    frail.pause()
    wait_until(lambda: is_now(ConnectionState.SILENT), every_s=0)
    with pytest.raises(SourceUnreachable):
        source.topics()
    frail.resume()
    wait_until(lambda: is_now(ConnectionState.LIVE), every_s=0)
    rig.close()


@pytest.mark.broker
def test_a_source_closes_soon_while_the_broker_hangs(frail: Broker) -> None:
    rig = KafkaRig(frail)
    topic = rig.topic()
    source = KafkaSource(frail.bootstrap, {})
    next(source.follow([Position(topic, 0, 0)]))
    frail.pause()
    with soon():
        source.close()
    frail.resume()
    rig.close()


@pytest.mark.broker
@pytest.mark.parametrize("protocol", ["ssl", "sasl_plaintext"])
def test_a_wrong_security_protocol_is_named_at_once(frail: Broker, protocol: str) -> None:
    login = {"sasl.mechanism": "PLAIN", "sasl.username": "u", "sasl.password": "canary"}
    properties = {"security.protocol": protocol} | (login if "sasl" in protocol else {})
    source = KafkaSource(frail.bootstrap, properties, connect_timeout_s=LONG_S)
    with soon(), pytest.raises(SourceError, match=r"wrong security\.protocol\?$") as error:
        source.topics()
    assert "canary" not in str(error.value)
    source.close()


def failure(
    address: str, properties: dict[str, str] | None = None, connect_timeout_s: float = 2
) -> KstoryError:
    """What is said of it, soon."""
    source = KafkaSource(address, properties or {}, connect_timeout_s=connect_timeout_s)
    with soon(), pytest.raises(KstoryError) as error:
        source.topics()
    source.close()
    return error.value


def test_a_port_that_nothing_listens_on_is_told_in_time() -> None:
    (port,) = free_ports(1)
    error = failure(f"127.0.0.1:{port}")
    assert isinstance(error, SourceUnreachable)
    assert "Nothing listens there" in str(error)


def test_a_name_that_means_nothing_is_told_at_once() -> None:
    error = failure("no-such-host.invalid:9092", connect_timeout_s=LONG_S)
    assert isinstance(error, SourceUnreachable)
    assert "host name" in str(error)


def test_a_server_that_is_no_broker_is_told_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=hang_up_on_everyone, args=(server,), daemon=True).start()
        error = failure(f"127.0.0.1:{server.getsockname()[1]}")
    assert isinstance(error, SourceUnreachable)
    assert "wrong security.protocol?" in str(error)


def hang_up_on_everyone(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        connection.recv(100)
        connection.close()


def test_an_unknown_property_is_named() -> None:
    error = failure("127.0.0.1:9092", {"no.such.property": "1"})
    assert isinstance(error, ConfigError)
    assert "no.such.property" in str(error)


def test_a_file_that_is_missing_is_a_fault_of_the_configuration() -> None:
    error = failure(
        "127.0.0.1:9092", {"security.protocol": "ssl", "ssl.ca.location": "/no/such/file"}
    )
    assert isinstance(error, ConfigError)
    assert "ssl.ca.location" in str(error)


def test_a_closed_source_refuses() -> None:
    source = KafkaSource("127.0.0.1:9092", {})
    source.close()
    with pytest.raises((SourceRefused, SourceUnreachable)):
        source.topics()
