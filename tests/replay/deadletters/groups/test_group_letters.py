"""Dead-letter topics read into groups, from a cluster and from a recording alike."""

from pathlib import Path

import pytest

from replay.deadletters.groups.grouping import Grouping, group_letters
from replay.deadletters.letter import DeadLetter
from tests.broker.broker import Broker
from tests.contract.rigs import KafkaRig, RecordingRig
from tests.corpus_records import corpus
from tests.fakes import START_MS, FakeSource, record_of

LETTERS = [record for record in corpus("spring") if record.topic == "real-order-events-dlt"]


def counts(rig: KafkaRig | RecordingRig) -> list[tuple[str | None, str | None, int]]:
    topic = rig.topic(partitions=3)
    rig.append([letter._replace(topic=topic) for letter in LETTERS])
    source = rig.open()
    grouping = Grouping()
    steps = list(group_letters(source, source.topics({topic}), grouping))
    assert sum(step.added for step in steps) == grouping.total == len(LETTERS)
    assert steps[-1].searched == steps[-1].total == len(LETTERS)
    groups = [(g.fingerprint.exception, g.fingerprint.frame, g.count) for g in grouping.groups()]
    rig.close()
    return groups


@pytest.fixture
def recorded(tmp_path: Path) -> list[tuple[str | None, str | None, int]]:
    return counts(RecordingRig(tmp_path))


def test_a_recordings_letters_are_grouped(
    recorded: list[tuple[str | None, str | None, int]],
) -> None:
    assert ("Dlt$PaymentDeclinedException", "Dlt$L.on", 2) in recorded
    assert sum(count for _, _, count in recorded) == len(LETTERS)


def test_a_clusters_letters_are_grouped_as_a_recordings_are(
    broker: Broker, recorded: list[tuple[str | None, str | None, int]]
) -> None:
    assert counts(KafkaRig(broker)) == recorded


def test_groups_can_be_asked_for_after_each_step() -> None:
    source = FakeSource(
        [record_of("orders-dlt", offset=n) for n in range(50)], partitions=1, batch_size=10
    )
    grouping = Grouping()
    seen = [
        (step.added, grouping.groups()[0].count)
        for step in group_letters(source, source.topics(), grouping)
        if step.added
    ]
    assert seen == [(10, 10), (10, 20), (10, 30), (10, 40), (10, 50)]


def test_only_letters_between_two_times_count() -> None:
    source = FakeSource(
        [record_of("orders-dlt", 0, n, timestamp_ms=START_MS + n) for n in range(9)]
        + [record_of("orders-dlt", 1, 0, timestamp_ms=None)]
    )
    grouping = Grouping()
    since, until = START_MS + 3, START_MS + 6
    for _ in group_letters(source, source.topics(), grouping, since_ms=since, until_ms=until):
        pass
    (group,) = grouping.groups()
    assert (group.count, group.first_ms, group.last_ms) == (3, since, until - 1)
    assert min(span.start for span in source.reads if span.partition == 0) == 3


def test_only_letters_that_are_wanted_count() -> None:
    source = FakeSource([record_of("orders-dlt", offset=n, key=b"%d" % n) for n in range(9)])

    def is_wanted(letter: DeadLetter) -> bool:
        return letter.key == b"5"

    grouping = Grouping()
    assert (
        sum(s.added for s in group_letters(source, source.topics(), grouping, where=is_wanted)) == 1
    )
    assert grouping.total == 1
