"""Reading a cluster no faster than allowed: pauses in between, and the same records."""

from collections.abc import Iterator

import pytest

from readers.kafka import KafkaSource
from tests.broker.broker import Broker
from tests.contract.rigs import KafkaRig
from tests.fakes import record_of


class Clock:
    """A clock that stands still but for the pauses."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.slept_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        assert seconds <= 0.1
        self.now_s += seconds
        self.slept_s += seconds


@pytest.fixture
def rig(broker: Broker) -> Iterator[KafkaRig]:
    rig = KafkaRig(broker)
    yield rig
    rig.close()


def test_what_is_read_is_paid_for_in_pauses(
    rig: KafkaRig, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = rig.topic()
    rig.append(record_of(topic, 0, n, key=b"k", value=b"x" * 999) for n in range(300))
    clock = Clock()
    monkeypatch.setattr("readers.kafka.time", clock)
    source = KafkaSource(broker.bootstrap, {}, max_bytes_per_s=100_000, clock=clock)
    try:
        (info,) = source.topics([topic])
        batches = list(source.read(info.spans))
    finally:
        source.close()
    assert sum(len(batch.records) for batch in batches) == 300
    size = sum(record.size_bytes for batch in batches for record in batch.records)
    assert clock.slept_s == pytest.approx(size / 100_000, abs=0.2)
