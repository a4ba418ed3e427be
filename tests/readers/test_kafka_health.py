"""A connection's state follows from what its clients say."""

import json

import pytest
from confluent_kafka import KafkaError

from readers.kafka_errors import Code
from readers.kafka_health import ClientHealth, Health
from readers.source import ConnectionState
from tests.told_time import ToldTime


@pytest.fixture
def clock() -> ToldTime:
    return ToldTime()


@pytest.fixture
def health(clock: ToldTime) -> Health:
    return Health(clock)


def say(client: ClientHealth, *, up: bool = True, idle_s: float = 0, waiting: int = 0) -> None:
    """A client's statistics about one broker, beside the coordinator's, which do not count."""
    broker = {
        "name": "b:9092/1",
        "nodename": "b:9092",
        "source": "learned",
        "state": "UP" if up else "TRY_CONNECT",
        "rxidle": idle_s * 1e6,
        "waitresp_cnt": waiting,
    }
    coordinator = broker | {"source": "logical", "state": "UP"}
    client.heard_statistics(json.dumps({"brokers": {"1": broker, "2": coordinator}}))


def test_it_opens_until_a_broker_answers(health: Health) -> None:
    client = health.new_client()
    assert health.connection().state is ConnectionState.OPENING
    say(client, up=False)
    assert health.connection().state is ConnectionState.OPENING
    say(client)
    assert health.connection().state is ConnectionState.LIVE


def test_it_is_gone_when_no_broker_is_up_and_says_why(health: Health) -> None:
    client = health.new_client()
    say(client)
    client.heard_error(KafkaError(KafkaError.NETWORK_EXCEPTION, "Connection refused"))
    say(client, up=False)
    assert health.connection().state is ConnectionState.GONE
    assert health.connection().text == "Connection refused"


def test_it_is_silent_when_an_answer_is_awaited_too_long(health: Health) -> None:
    client = health.new_client()
    say(client, idle_s=4, waiting=1)
    assert health.connection().state is ConnectionState.SILENT
    assert health.connection().text == "no answer from b:9092 for 4 s"


def test_it_is_live_when_nothing_is_asked_for_long(health: Health) -> None:
    client = health.new_client()
    say(client, idle_s=400, waiting=0)
    assert health.connection().state is ConnectionState.LIVE


def test_an_answer_makes_it_live(health: Health) -> None:
    client = health.new_client()
    say(client)
    say(client, up=False)
    client.heard_answer()
    assert health.connection().state is ConnectionState.LIVE


def test_the_worst_of_its_clients_counts(health: Health) -> None:
    first, second = health.new_client(), health.new_client()
    say(first)
    say(second, idle_s=5, waiting=1)
    assert health.connection().state is ConnectionState.SILENT


def test_a_client_that_nobody_polls_does_not_count(health: Health, clock: ToldTime) -> None:
    first, second = health.new_client(), health.new_client()
    say(second, idle_s=5, waiting=1)
    clock.now_s += 60
    say(first)
    assert health.connection().state is ConnectionState.LIVE


def test_a_state_tells_since_when(health: Health, clock: ToldTime) -> None:
    client = health.new_client()
    for clock.now_s in (1.0, 2.0):
        say(client)
        assert health.connection().since_s == 1.0


def test_a_refused_login_is_kept(health: Health) -> None:
    client = health.new_client()
    client.heard_error(KafkaError(KafkaError.NETWORK_EXCEPTION))
    client.heard_error(KafkaError(Code.AUTHENTICATION))
    say(client)
    assert health.fatal.code() == Code.AUTHENTICATION
