"""A cluster in memory that moves, refuses and falls silent under a scan."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from readers.errors import SourceUnreachable
from readers.kafka_admin import TopicFacts
from readers.kafka_scan import KafkaScan
from readers.raw_batches.connection import ConnectionLost, NotServed
from readers.record import Record, Span, TopicPartition
from readers.source import Batch, NoticeKind
from readers.wanted import EVERYTHING, Wanted
from tests.readers.raw_batches.batches import HERE, FakeCluster, Log, batch, record

LEADER = {0: ("127.0.0.1", 9092)}
FACTS = TopicFacts(HERE.topic, "id", False, (0,), (), leaders=LEADER)


class Admin:
    """Answers what it was given, one after the other; the last answer again and again."""

    def __init__(
        self, *answers: dict[str, TopicFacts] | Exception, bounds: tuple[int, int] | None = (0, 10)
    ) -> None:
        self._answers = list(answers) or [{HERE.topic: FACTS}]
        self._bounds = bounds
        self.asked = 0

    def facts(self, names: Collection[str]) -> dict[str, TopicFacts]:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def bounds(self, place: TopicPartition) -> tuple[int, int] | None:
        return self._bounds


class Clock:
    """Every look at it takes three seconds."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 3
        return self.now_s


class Client:
    """The Kafka client: it finds one record in each span, at its start."""

    def __init__(self) -> None:
        self.read: list[Span] = []

    def __call__(self, spans: Sequence[Span]) -> Iterator[Batch]:
        self.read += spans
        for span in spans:
            read = record(span.start, key=b"by the client")
            yield Batch((read,), {span.topic_partition: span.end_exclusive})


def log(*, count: int = 10) -> Log:
    return Log([batch(record(n)) for n in range(count)])


class Scanned:
    """What a scan of one partition brought."""

    def __init__(
        self,
        cluster: FakeCluster,
        admin: Admin | None = None,
        wanted: Wanted = EVERYTHING,
        properties: Mapping[str, str] | None = None,
        clock: Callable[[], float] = lambda: 0.0,
        span: Span | None = None,
    ) -> None:
        self.client = Client()
        self.admin = admin or Admin()
        scan = KafkaScan(
            properties or {},
            self.admin,  # type: ignore[arg-type]
            self.client,
            clock=clock,
            connect=cluster.connect,  # type: ignore[arg-type]
        )
        self.batches = list(scan.scan(wanted, [span or Span(*HERE, 0, 10)]))

    @property
    def records(self) -> list[Record]:
        return [record for batch in self.batches for record in batch.records]

    @property
    def offsets(self) -> list[int]:
        return [record.offset for record in self.records]

    @property
    def told(self) -> list[NoticeKind]:
        return [notice.kind for batch in self.batches for notice in batch.notices]


def cluster(of: Log | None = None, **what: object) -> FakeCluster:
    return FakeCluster({HERE: of or log()}, **what)  # type: ignore[arg-type]


def test_a_partition_whose_leader_moved_is_read_from_the_next_one() -> None:
    moved = log()
    moved.errors = [6, 74]
    scanned = Scanned(cluster(moved))
    assert scanned.offsets == list(range(10))
    assert (scanned.told, scanned.admin.asked) == ([], 3)


def test_a_partition_without_a_leader_is_waited_for() -> None:
    leaderless = TopicFacts(HERE.topic, "id", False, (), (0,))
    scanned = Scanned(cluster(), Admin({HERE.topic: leaderless}, {HERE.topic: FACTS}))
    assert scanned.offsets == list(range(10))


def test_a_cluster_that_does_not_answer_for_a_while_is_waited_for() -> None:
    scanned = Scanned(cluster(), Admin(SourceUnreachable("away"), {HERE.topic: FACTS}))
    assert scanned.offsets == list(range(10))


@pytest.mark.parametrize("admin", [Admin(SourceUnreachable("away")), Admin()])
def test_a_broker_that_stays_away_is_an_error_that_says_what_to_do(admin: Admin) -> None:
    away = cluster(failures=[ConnectionLost("refused")] * 9)
    with pytest.raises(SourceUnreachable, match=r"orders:0@0 for 10 s.*leads this partition"):
        Scanned(away, admin, clock=Clock())


def test_patience_begins_anew_with_each_record_that_comes() -> None:
    errors = [code for _ in range(10) for code in (0, 6, 6)]
    slow = log()
    slow.errors = errors
    scanned = Scanned(cluster(slow), clock=Clock())
    assert scanned.offsets == list(range(10))


def test_time_that_the_reader_of_the_records_takes_is_no_lack_of_an_answer() -> None:
    now_s = 0.0
    here = cluster(failures=[ConnectionLost("restarting")] * 3)
    admin: Any = Admin()
    scan = KafkaScan({}, admin, Client(), clock=lambda: now_s, connect=cast(Any, here.connect))
    offsets: list[int] = []
    for step in scan.scan(EVERYTHING, [Span(*HERE, 0, 10)]):
        now_s += 60
        offsets += [each.offset for each in step.records]
    assert offsets == list(range(10))


def test_a_topic_that_is_gone_is_told() -> None:
    assert Scanned(cluster(), Admin({})).told == [NoticeKind.DELETED]


def test_a_topic_that_is_made_again_meanwhile_is_not_read_on() -> None:
    moved = log()
    moved.errors = [6]
    another = replace(FACTS, topic_id="another")
    scanned = Scanned(cluster(moved), Admin({HERE.topic: FACTS}, {HERE.topic: another}))
    assert (scanned.offsets, scanned.told) == ([], [NoticeKind.DELETED])


def test_a_topic_that_may_not_be_read_is_for_the_client_to_explain() -> None:
    denied = TopicFacts(HERE.topic, None, False, (), (), "not authorized")
    assert Scanned(cluster(), Admin({HERE.topic: denied})).client.read == [Span(*HERE, 0, 10)]
    refusing = log()
    refusing.errors = [29]
    assert Scanned(cluster(refusing)).client.read == [Span(*HERE, 0, 10)]


def test_a_broker_that_will_not_serve_is_read_by_the_client_and_that_is_said() -> None:
    scanned = Scanned(cluster(failures=[NotServed("login")]))
    assert scanned.told == [NoticeKind.SLOWER]
    assert scanned.client.read == [Span(*HERE, 0, 10)]


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"security.protocol": "sasl_ssl", "sasl.mechanism": "GSSAPI"}, "GSSAPI"),
        ({"security.protocol": "SASL_SSL", "sasl.mechanism": "OAUTHBEARER"}, "OAUTHBEARER"),
        ({"security.protocol": "ssl", "ssl.keystore.location": "a.p12"}, "ssl.keystore.location"),
    ],
)
def test_a_login_that_only_the_client_knows_is_its_own_and_that_is_said(
    properties: dict[str, str], named: str
) -> None:
    scanned = Scanned(cluster(), properties=properties)
    (notice,) = [notice for batch in scanned.batches for notice in batch.notices]
    assert notice.kind is NoticeKind.SLOWER
    assert not notice.is_loss
    assert named in notice.text
    assert [each.key for each in scanned.records] == [b"by the client"]


def test_the_client_s_records_are_looked_at_too() -> None:
    wanted = Wanted(frozenset({b"order-1"}))
    properties = {"security.protocol": "sasl_ssl", "sasl.mechanism": "GSSAPI"}
    assert Scanned(cluster(), wanted=wanted, properties=properties).records == []


def test_a_batch_that_was_harmed_is_read_by_the_client() -> None:
    mixed = log()
    mixed.batches = [mixed.batches[0], mixed.batches[1].replace(b"{}", b"{{"), *mixed.batches[2:]]
    scanned = Scanned(cluster(mixed))
    assert scanned.client.read == [Span(*HERE, 0, 10)]
    assert scanned.told == []


@pytest.mark.parametrize(
    ("bounds", "told", "offsets"),
    [
        ((4, 10), [NoticeKind.EXPIRED], [4, 5, 6, 7, 8, 9]),
        ((40, 50), [NoticeKind.EXPIRED], []),
        (None, [NoticeKind.DELETED], []),
        ((0, 10), [], list(range(10))),
    ],
)
def test_offsets_out_of_range_are_explained_by_the_bounds(
    bounds: tuple[int, int] | None, told: list[NoticeKind], offsets: list[int]
) -> None:
    lost = log()
    lost.errors = [1]
    scanned = Scanned(cluster(lost), Admin(bounds=bounds))
    assert (scanned.told, scanned.offsets) == (told, offsets)


def test_a_log_that_became_shorter_is_told() -> None:
    scanned = Scanned(cluster(), span=Span(*HERE, 50, 60))
    assert scanned.told == [NoticeKind.TRUNCATED]


def test_a_leader_that_expires_offsets_while_it_is_read_is_followed() -> None:
    expiring = log()
    here = cluster(expiring)

    def expire(number: int) -> None:
        if number == 1:
            expiring.start = 3
            expiring.errors = [1]

    here.before_fetch = expire
    scanned = Scanned(here, Admin(bounds=(3, 10)))
    (notice,) = [notice for batch in scanned.batches for notice in batch.notices]
    assert (notice.start, notice.end_exclusive) == (0, 3)
    assert scanned.offsets == list(range(3, 10))
