"""How kstory configures a Kafka client: what is fixed, what may be set, and what may not.

Reading must never change a cluster: no group is joined, no offset committed, no topic created.
Most of that is said here, and every client of the process is built from these tables.
"""

import getpass
import logging
import os
import re
import socket
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from readers.errors import ConfigError

Config = dict[str, Any]
"""What a client's constructor takes; the client's own types end here."""

Client = TypeVar("Client")

LOGGER = logging.getLogger("kstory.kafka")
LOGGER.addHandler(logging.NullHandler())  # without it Python would print warnings on the screen


class ClientEvents(Protocol):
    """Who is told what a client says beside its answers."""

    def heard_error(self, error: Any) -> None:
        """An error that belongs to no call."""
        ...

    def heard_statistics(self, text: str) -> None:
        """The client's statistics, as JSON, once a second."""
        ...

    def log(self, level: int, form: str, *args: object) -> None:
        """A line of the client's log."""
        ...


# No look-up may create the topic it asks about: with this left out, asking the admin client about
# a missing topic creates it on a broker that creates topics automatically.
_EVERY_CLIENT: Config = {"allow.auto.create.topics": False}

# Nothing is committed and nothing jumps silently: a lost offset is an event to show.
_READER_FIXED: Config = {
    **_EVERY_CLIENT,
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",
    "enable.partition.eof": True,
    "check.crcs": True,
}

# A dead broker is tried at a gentle pace (20 connects in 10 s, against 194 with the client's own
# values), and a hung one is noticed after 10 s instead of 60 s.
_CONNECTION_DEFAULTS: Config = {
    "socket.timeout.ms": 10_000,
    "reconnect.backoff.ms": 1_000,
    "reconnect.backoff.max.ms": 30_000,
    "statistics.interval.ms": 1_000,
}

# Small fetches and a small queue: an interface that stands still has pulled 1 MB, against 53 MB
# with the client's own values. A short wait at the broker: a new assignment's first fetch stands
# behind the one in flight.
_READER_DEFAULTS: Config = {
    **_CONNECTION_DEFAULTS,
    "isolation.level": "read_committed",
    "fetch.max.bytes": 1_048_576,
    "max.partition.fetch.bytes": 262_144,
    "message.max.bytes": 1_000_000,
    "queued.min.messages": 1_000,
    "queued.max.messages.kbytes": 2_048,
    "fetch.wait.max.ms": 100,
    "fetch.queue.backoff.ms": 10,
    # A broker sends the first batch whole, whatever fetch.max.bytes says, so this and not that
    # bounds the largest record that can be read. 16 MiB would be enough for usual records, but
    # one larger record would stop its partition for good; this is the client's own default. It
    # also bounds what a compressed batch may expand to. It has to be above fetch.max.bytes + 512.
    "receive.message.max.bytes": 100_000_000,
}

# Every record once and in order on its partition, and reported only when it is stored everywhere.
_WRITER_FIXED: Config = {
    **_EVERY_CLIENT,
    "enable.idempotence": True,
    "acks": "all",
    # Records go to the partition they name; this is what a Java producer would choose.
    "partitioner": "murmur2_random",
}
_WRITER_DEFAULTS: Config = {
    **_CONNECTION_DEFAULTS,
    "linger.ms": 5,
    "message.max.bytes": 64_000_000,
    "queue.buffering.max.kbytes": 131_072,
    "message.timeout.ms": 30_000,
}

# A transaction that nobody ends holds back the readers of committed records: ten seconds at most.
# The client wants its other times not to be longer.
_ONCE_FIXED: Config = {
    **_WRITER_FIXED,
    "transaction.timeout.ms": 10_000,
    "message.timeout.ms": 8_000,
    "socket.timeout.ms": 10_000,
}
# A batch of several records is refused where a topic limits it, though each alone would fit.
_ONCE_DEFAULTS: Config = {**_WRITER_DEFAULTS, "linger.ms": 0, "batch.size": 16_384}
_PROGRESS_FIXED: Config = {**_READER_FIXED, "isolation.level": "read_committed"}

_REFUSED: Mapping[str, str] = {
    **dict.fromkeys(
        ("group.id", "group.instance.id", "group.protocol", "group.remote.assignor"),
        "kstory joins no consumer group, so that it cannot disturb one",
    ),
    **dict.fromkeys(
        ("enable.auto.commit", "enable.auto.offset.store", "auto.commit.interval.ms"),
        "kstory commits no offsets",
    ),
    **dict.fromkeys(
        ("auto.offset.reset", "enable.partition.eof", "check.crcs"),
        "kstory's reading depends on its own value",
    ),
    "allow.auto.create.topics": "reading must not create topics",
    **dict.fromkeys(
        ("transactional.id", "enable.idempotence", "acks", "request.required.acks", "partitioner"),
        "kstory's writing depends on its own value",
    ),
    **dict.fromkeys(
        ("plugin.library.paths", "ssl.engine.location", "ssl.providers", "sasl.kerberos.kinit.cmd"),
        "it names code to run",
    ),
    "bootstrap.servers": "the source's address says it",
    "metadata.broker.list": "the source's address says it",
    "log_level": "the client's log is kstory's",
}


def check_properties(properties: Mapping[str, str]) -> None:
    """See that nothing is set that kstory does not let be set.

    Raises:
        ConfigError: it names the first key that may not be set.
    """
    for key in properties:
        reason = refusal_of(key)
        if reason is not None:
            raise ConfigError(f"The Kafka property {key} may not be set: {reason}. Remove it.")


def refusal_of(key: str) -> str | None:
    """Why a property may not be set; None where it may."""
    if key in _REFUSED:
        return _REFUSED[key]
    if key.startswith("enable.auto."):
        return "kstory decides it"
    if key.endswith("_cb") or key == "logger":
        return "it is not a property but a part of the program"
    return None


def reader_config(bootstrap: str, properties: Mapping[str, str], events: ClientEvents) -> Config:
    """A consumer's configuration; each process has a group name of its own, and joins no group."""
    group = {"group.id": f"kstory-{uuid.uuid4()}"}
    return _config(bootstrap, _READER_DEFAULTS, properties, _READER_FIXED | group, events)


def admin_config(bootstrap: str, properties: Mapping[str, str], events: ClientEvents) -> Config:
    """The configuration of a client that looks things up."""
    return _config(bootstrap, _CONNECTION_DEFAULTS, properties, _EVERY_CLIENT, events)


def writer_config(bootstrap: str, properties: Mapping[str, str], events: ClientEvents) -> Config:
    """A producer's configuration."""
    return _config(bootstrap, _WRITER_DEFAULTS, properties, _WRITER_FIXED, events)


def once_config(
    bootstrap: str, properties: Mapping[str, str], events: ClientEvents, name: str
) -> Config:
    """The configuration of a producer whose transactions have a name."""
    fixed = _ONCE_FIXED | {"transactional.id": name}
    return _config(bootstrap, _ONCE_DEFAULTS, properties, fixed, events)


def progress_config(
    bootstrap: str, properties: Mapping[str, str], events: ClientEvents, name: str
) -> Config:
    """The configuration of a consumer that only asks for a group's offsets, and never joins it."""
    fixed = _PROGRESS_FIXED | {"group.id": name}
    return _config(bootstrap, _READER_DEFAULTS, properties, fixed, events)


def isolation_level(properties: Mapping[str, str]) -> str:
    """Which records a reader with these properties is shown."""
    return str(properties.get("isolation.level", _READER_DEFAULTS["isolation.level"]))


def client_id() -> str:
    """Who asks, as brokers write it into their logs and count it against their quotas."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as containers have
        user = str(os.getuid())
    return re.sub(r"[^\w.@/-]", "-", f"kstory/{user}@{socket.gethostname()}")


def built(make: Callable[[Config], Client], config: Config) -> Client:
    """Build a client, and say a bad property in our own words.

    Raises:
        ConfigError: a property is unknown, or its value cannot be used.
    """
    from confluent_kafka import KafkaException

    try:
        return make(config)
    except KafkaException as error:
        raise ConfigError(f"The Kafka client was not made: {error.args[0].str()}.") from error
    except (TypeError, ValueError) as error:
        raise ConfigError(f"The Kafka client was not made: {error}.") from error


def _config(
    bootstrap: str,
    defaults: Config,
    properties: Mapping[str, str],
    fixed: Config,
    events: ClientEvents,
) -> Config:
    return {
        "client.id": client_id(),
        **defaults,
        **properties,
        **fixed,
        "bootstrap.servers": bootstrap,
        "logger": events,
        "error_cb": events.heard_error,
        "stats_cb": events.heard_statistics,
    }
