"""Every client of the process is configured so that reading cannot disturb a cluster."""

import logging

import pytest

from readers.errors import ConfigError
from readers.kafka_config import (
    LOGGER,
    Config,
    admin_config,
    check_properties,
    client_id,
    reader_config,
    writer_config,
)
from readers.kafka_health import ClientHealth

MAKERS = (reader_config, admin_config, writer_config)


def config_of(make: object, properties: dict[str, str] | None = None) -> Config:
    return make("b:9092", properties or {}, ClientHealth())  # type: ignore[operator]


@pytest.mark.parametrize("make", MAKERS)
def test_no_client_creates_topics_by_asking(make: object) -> None:
    assert config_of(make)["allow.auto.create.topics"] is False


@pytest.mark.parametrize("make", MAKERS)
def test_every_client_says_who_asks(make: object) -> None:
    assert config_of(make)["client.id"] == client_id()
    assert client_id().startswith("kstory/")


def test_a_reader_commits_nothing_and_jumps_nowhere() -> None:
    config = config_of(reader_config)
    assert config["enable.auto.commit"] is False
    assert config["enable.auto.offset.store"] is False
    assert config["auto.offset.reset"] == "error"


def test_each_reader_has_a_group_of_its_own() -> None:
    groups = {config_of(reader_config)["group.id"] for _ in range(2)}
    assert len(groups) == 2
    assert all(group.startswith("kstory-") for group in groups)


def test_defaults_may_be_changed_and_fixed_values_may_not() -> None:
    said = {"isolation.level": "read_uncommitted", "enable.auto.commit": "true"}
    config = config_of(reader_config, said)
    assert config["isolation.level"] == "read_uncommitted"
    assert config["enable.auto.commit"] is False


@pytest.mark.parametrize(
    "name",
    [
        "acks",
        "allow.auto.create.topics",
        "auto.offset.reset",
        "bootstrap.servers",
        "enable.auto.commit",
        "enable.auto.something.new",
        "error_cb",
        "group.id",
        "group.instance.id",
        "plugin.library.paths",
        "sasl.kerberos.kinit.cmd",
        "ssl.engine.location",
        "transactional.id",
    ],
)
def test_what_would_disturb_or_run_code_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        check_properties({"security.protocol": "ssl", name: "x"})


def test_the_response_limit_lets_a_large_record_pass() -> None:
    config = config_of(reader_config)
    assert config["receive.message.max.bytes"] > 20_000_000
    assert config["receive.message.max.bytes"] >= config["fetch.max.bytes"] + 512


def test_a_client_s_log_never_reaches_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    ClientHealth().log(logging.ERROR, "%s [%s] %s", "FAIL", "client", "a broker is down")
    assert any(isinstance(handler, logging.NullHandler) for handler in LOGGER.handlers)
    assert capfd.readouterr() == ("", "")
