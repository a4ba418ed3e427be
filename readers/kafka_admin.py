"""What a cluster says about its topics: asked all at once, with a deadline, changing nothing."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

from confluent_kafka import (
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
)
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import AdminClient, ConfigResource, OffsetSpec, ResourceType

from readers.errors import SourceError, SourceUnreachable
from readers.kafka_config import admin_config, built, isolation_level
from readers.kafka_errors import Code, is_hopeless, source_error, unreachable
from readers.kafka_health import Health
from readers.record import TopicPartition

Key = TypeVar("Key")

_ABSENT = frozenset({Code.UNKNOWN_TOPIC_OR_PART, Code.INVALID_TOPIC})
_NO_SUCH_PARTITION = frozenset({*_ABSENT, Code.UNKNOWN_PARTITION, Code.UNKNOWN_TOPIC})
_NO_TOPIC_ID = ("None", "AAAAAAAAAAAAAAAAAAAAAA")
"""Of older brokers, which tell none or a zero."""
_TURN_S = 0.05
_POLL_EVERY_S = 0.05
"""How late what the client says is heard, at most."""


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """A topic's identity and partitions.

    Attributes:
        partitions: those that have a leader, ascending.
        leaderless: those that have none now, ascending.
        error: why nothing more is known, or None.
        leaders: of each partition that has one, the host and the port of its broker.
    """

    name: str
    topic_id: str | None
    internal: bool
    partitions: tuple[int, ...]
    leaderless: tuple[int, ...]
    error: str | None = None
    leaders: Mapping[int, tuple[str, int]] = field(default_factory=dict)

    @property
    def partition_count(self) -> int:
        """How many partitions it has, with a leader or without."""
        return len(self.partitions) + len(self.leaderless)


@dataclass(frozen=True, slots=True)
class Offsets:
    """What was asked about a partition's offsets: the answer, or why there is none."""

    offset: int = -1
    timestamp_ms: int = -1
    error: str | None = None
    absent: bool = False


class KafkaAdmin:
    """The one look-up client of a source, connected at the first question.

    A thread of its own polls it, so that what it hears about the connection is heard soon,
    whether or not anybody reads; nothing else runs there.
    """

    def __init__(
        self,
        bootstrap: str,
        properties: Mapping[str, str],
        health: Health,
        *,
        connect_timeout_s: float,
        timeout_s: float,
    ) -> None:
        self._bootstrap = bootstrap
        self._properties = properties
        self._health = health
        self._connect_timeout_s = connect_timeout_s
        self._timeout_s = timeout_s
        self._client: AdminClient | None = None
        self._closing = threading.Event()
        self._poller: threading.Thread | None = None
        self._cluster_id: str | None = None

    @property
    def cluster_id(self) -> str:
        """The cluster's own name for itself."""
        if self._cluster_id is None:
            self.connect()
        return self._cluster_id or ""

    def client(self) -> AdminClient:
        """The client itself, connected, for questions that are asked elsewhere."""
        self.connect()
        return self._opened()

    def connect(self) -> None:
        """See that the cluster answers.

        Raises:
            SourceUnreachable, SourceRefused: it does not, with what to change.
        """
        if self._cluster_id is None:
            seconds = self._connect_timeout_s
            asked = self._opened().describe_cluster(request_timeout=seconds)
            self._await({"cluster": asked}, seconds)
            self._cluster_id = _result(asked, self._error).cluster_id

    def topic_names(self) -> tuple[str, ...]:
        """Every topic that may be seen."""
        try:
            found = self.client().list_topics(timeout=self._timeout_s)
        except KafkaException as error:
            raise self._error(error.args[0]) from error
        return tuple(found.topics)

    def facts(self, names: Collection[str]) -> dict[str, TopicFacts]:
        """Each topic's facts, by name; those that do not exist are left out."""
        self.connect()
        asked = self.ask_facts(names)
        self._await(asked, self._timeout_s)
        return self.answered_facts(asked)

    def ask_facts(self, names: Collection[str]) -> dict[str, "Future[Any]"]:
        """Ask for facts without waiting; once all are done, `answered_facts` reads them."""
        wanted = sorted({name for name in names if name})
        return self._opened().describe_topics(
            TopicCollection(wanted), request_timeout=self._timeout_s
        )

    def answered_facts(self, asked: Mapping[str, "Future[Any]"]) -> dict[str, TopicFacts]:
        """The facts out of finished futures; topics that do not exist are left out."""
        facts: dict[str, TopicFacts] = {}
        for name, future in asked.items():
            error = _error_of(future)
            if error is None:
                facts[name] = _topic_facts(future.result())
            elif error.code() not in _ABSENT:
                self._raise_if_unreachable(error)
                facts[name] = TopicFacts(name, None, name.startswith("__"), (), (), error.str())
        return facts

    def offsets(
        self, partitions: Iterable[TopicPartition], specs: Mapping[Key, tuple[OffsetSpec, str]]
    ) -> dict[Key, dict[TopicPartition, Offsets]]:
        """Several questions about the offsets of the same partitions, all asked at once.

        Each question has its isolation level beside it: `read_committed` or not.
        """
        self.connect()
        wanted = [ClientPartition(*each) for each in partitions]
        asked = {
            key: self._opened().list_offsets(
                dict.fromkeys(wanted, spec),
                isolation_level=_isolation(level),
                request_timeout=self._timeout_s,
            )
            for key, (spec, level) in specs.items()
        }
        futures = {(key, place): f for key, part in asked.items() for place, f in part.items()}
        self._await(futures, self._timeout_s)
        return {
            key: {TopicPartition(p.topic, p.partition): self._offsets(f) for p, f in part.items()}
            for key, part in asked.items()
        }

    def bounds(self, partition: TopicPartition) -> tuple[int, int] | None:
        """The first offset kept and the end that can be read; None where it does not exist.

        Raises:
            SourceUnreachable: it exists, and its broker does not say.
        """
        level = isolation_level(self._properties)
        found = self.offsets(
            [partition],
            {"start": (OffsetSpec.earliest(), level), "end": (OffsetSpec.latest(), level)},
        )
        start, end = found["start"][partition], found["end"][partition]
        if start.absent or end.absent:
            return None
        problem = start.error or end.error
        if problem is not None:
            raise SourceUnreachable(
                f"{partition} does not answer: {problem}. Try again in a moment."
            )
        return start.offset, end.offset

    def ask_compacted(self, names: Collection[str]) -> dict[ConfigResource, "Future[Any]"]:
        """Ask without waiting whether each topic is compacted; `compacted` reads the answers."""
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        if not resources:
            return {}
        return self._opened().describe_configs(resources, request_timeout=self._timeout_s)

    def compacted(self, asked: Mapping[ConfigResource, "Future[Any]"]) -> dict[str, bool]:
        """Whether each topic is compacted; left out where that may not be asked."""
        wait(asked.values(), self._timeout_s)
        return {
            resource.name: "compact" in future.result()["cleanup.policy"].value
            for resource, future in asked.items()
            if future.done() and future.exception() is None
        }

    def close(self) -> None:
        """Let go of the client, at once."""
        self._closing.set()
        if self._poller is not None:
            self._poller.join()
        self._client = self._poller = None

    def _opened(self) -> AdminClient:
        if self._closing.is_set():
            raise self._error(None)
        if self._client is None:
            events = self._health.new_client()
            client = built(AdminClient, admin_config(self._bootstrap, self._properties, events))
            self._client = client
            self._poller = threading.Thread(
                target=_poll, args=(client, self._closing), name="kafka-health", daemon=True
            )
            self._poller.start()
        return self._client

    def _await(self, asked: Mapping[Any, "Future[Any]"], seconds: float) -> None:
        """Wait for the answers, or for what makes waiting useless.

        Raises:
            SourceError: not all answered in time, or the cluster refuses this client.
        """
        deadline = time.monotonic() + seconds
        futures = list(asked.values())
        while wait(futures, _TURN_S).not_done:
            if self._health.fatal is not None:
                raise self._error(self._health.fatal)
            if self._hopeless() or time.monotonic() > deadline:
                said = f"no answer within {seconds:g} s"
                raise unreachable(self._bootstrap, said, self._health.words)

    def _hopeless(self) -> bool:
        addresses = self._bootstrap.count(",") + 1
        return self._cluster_id is None and is_hopeless(self._health.words, addresses)

    def _offsets(self, future: "Future[Any]") -> Offsets:
        error = _error_of(future)
        if error is None:
            found = future.result()
            return Offsets(found.offset, found.timestamp)
        if error.code() not in _NO_SUCH_PARTITION:
            self._raise_if_unreachable(error)
        return Offsets(error=error.str(), absent=error.code() in _NO_SUCH_PARTITION)

    def _raise_if_unreachable(self, error: KafkaError) -> None:
        if error.code() in (Code.TIMED_OUT, Code.TRANSPORT):
            raise self._error(error)

    def _error(self, error: KafkaError | None) -> SourceError:
        """The error to raise; a client that was refused is closed, so that it tries no more."""
        words = self._health.words
        if self._health.fatal is not None:
            error = self._health.fatal
            self.close()
        if error is None:
            return unreachable(self._bootstrap, "it was closed", words)
        return source_error(self._bootstrap, error, words)


def _poll(client: AdminClient, closing: threading.Event) -> None:
    while not closing.wait(_POLL_EVERY_S):  # not in the client: there `close` could not end it
        client.poll(0)


def _isolation(level: str) -> IsolationLevel:
    committed = level == "read_committed"
    return IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED


def _topic_facts(found: Any) -> TopicFacts:
    led = {
        each.id: (each.leader.host, each.leader.port)
        for each in found.partitions
        if each.leader is not None and each.leader.id >= 0
    }
    return TopicFacts(
        found.name,
        None if str(found.topic_id) in _NO_TOPIC_ID else str(found.topic_id),
        found.is_internal or found.name.startswith("__"),
        tuple(sorted(led)),
        tuple(sorted(each.id for each in found.partitions if each.id not in led)),
        leaders=led,
    )


def _error_of(future: "Future[Any]") -> KafkaError | None:
    error = future.exception()
    if error is None:
        return None
    if isinstance(error, KafkaException):
        said: KafkaError = error.args[0]
        return said
    raise error


def _result(future: "Future[Any]", explain: Callable[[KafkaError | None], SourceError]) -> Any:
    error = _error_of(future)
    if error is not None:
        raise explain(error)
    return future.result()
