"""The demo at work on real sources: what is sent back there is taken there."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from readers.kafka import KafkaSource
from readers.kafka_writer import KafkaSink
from readers.record import Position, Record
from readers.recording import RecordingSink, RecordingSource
from readers.source import NewTopic, Sink, Source
from replay.demo.catalog import PARTITIONS, UNSTOCKED_KEY, demo_topics
from replay.demo.dataset import Demo, write_records
from replay.demo.live import LiveDemo
from replay.demo.outlet import RecordingOutlet, SinkOutlet, going_on_with
from replay.demo.running import RunningDemo, demo_in, order_records, where_to_begin
from tests.broker.broker import Broker
from tests.conftest import started_broker
from tests.replay.demo.shop import END_MS, NO_CURRENCY, NO_STOCK, demo, letters, said, sent_back

QUIET = Demo((), (), END_MS + 10**9, 1, 9000)
"""No new orders come for days."""


class Clock:
    """Time that passes a second with each wait; it stops after a number of waits."""

    def __init__(self, waits: int, now_ms: int = END_MS) -> None:
        self.now_ms = now_ms
        self.waits: list[float] = []
        self._most = waits

    def is_set(self) -> bool:
        return len(self.waits) >= self._most

    def wait(self, timeout: float) -> bool:
        self.waits.append(timeout)
        self.now_ms += 1000
        return self.is_set()


class Place:
    """A demo that was written somewhere."""

    def __init__(self, open_source: Callable[[], Source], sink: Sink) -> None:
        self.open_source = open_source
        self.sink = sink

    def run(self, seconds: int, orders: Demo = QUIET, *, at_end: bool = False) -> list[str]:
        """So many seconds of the services' time; what they said."""
        spoken: list[str] = []
        clock = Clock(seconds)
        with closing(self.open_source()) as source:
            starts = where_to_begin(source, at_end=at_end)
            running = RunningDemo(source, SinkOutlet(self.sink), LiveDemo(orders), spoken.append)
            running.run(starts, clock, lambda: clock.now_ms)
        return spoken

    def order(self, key: bytes) -> list[Record]:
        with closing(self.open_source()) as source:
            return list(order_records(source, key))


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Place]:
    path = tmp_path / "demo.kstory"
    with closing(RecordingSink(path)) as sink:
        write_records(sink, demo().records)
        yield Place(lambda: RecordingSource(path), sink)


@pytest.fixture(scope="module")
def own_broker() -> Iterator[Broker]:
    """For these tests together: other tests write the demo's topics too."""
    yield from started_broker()


@pytest.fixture(scope="module")
def cluster(own_broker: Broker) -> Iterator[Place]:
    with closing(KafkaSink(own_broker.bootstrap, {})) as sink:
        write_records(sink, demo().records)
        yield Place(lambda: KafkaSource(own_broker.bootstrap, {}), sink)


@pytest.fixture(params=["recording", "cluster"])
def place(request: pytest.FixtureRequest) -> Place:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Place)
    return found


def test_what_was_sent_back_is_answered_and_what_is_not_mended_comes_back(place: Place) -> None:
    hero = next(letter for letter in letters(NO_STOCK) if letter.key == UNSTOCKED_KEY.encode())
    unmended = letters(NO_CURRENCY)[0]
    before = len(place.order(hero.key or b"")), len(place.order(unmended.key or b""))
    place.sink.write([sent_back(hero), sent_back(unmended)])
    spoken = place.run(15)
    after = place.order(hero.key or b"")
    assert len(after) - before[0] == 1 + 3
    assert "StockReserved" in said(after)
    assert len(place.order(unmended.key or b"")) - before[1] == 1 + 1
    assert len([text for text in spoken if "was sent back" in text]) == 2
    assert "inventory-service-1 writes StockReserved of order-4242." in spoken
    assert any(text.startswith("payment-service fails again") for text in spoken)
    assert place.run(5) == [text for text in spoken if "was sent back" in text]


def test_the_demo_is_found_where_it_was_written_and_goes_on_with_new_numbers(place: Place) -> None:
    with closing(place.open_source()) as source:
        found = demo_in(source, END_MS)
    assert found is not None
    assert found.next_number == demo().next_number
    assert place.run(20, found, at_end=True) == []
    key = b"order-%d" % found.next_number
    assert "OrderCreated" in said(place.order(key))


def test_elsewhere_no_demo_is_found(tmp_path: Path) -> None:
    path = tmp_path / "other.kstory"
    with closing(RecordingSink(path)) as sink:
        sink.create_topics([NewTopic("order-events", PARTITIONS, {})])
        with closing(RecordingSource(path)) as source:
            assert demo_in(source, END_MS) is None
            sink.create_topics(demo_topics())
            assert demo_in(source, END_MS) is None


def test_while_somebody_else_writes_the_recording_what_comes_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "demo.kstory"
    with closing(RecordingSink(path)) as other:
        other.create_topics(demo_topics())
        waits = RecordingOutlet(path).write(demo().records[:3])
    assert waits is not None
    assert "another kstory" in waits
    assert RecordingOutlet(path).write(demo().records[:3]) is None


class Reluctant:
    """An outlet that is busy for a while."""

    def __init__(self, busy: int) -> None:
        self._busy = busy
        self.written: list[Record] = []

    def write(self, records: Sequence[Record]) -> str | None:
        self._busy -= 1
        if self._busy >= 0:
            return "somebody else writes"
        self.written += records
        return None


def test_nothing_is_lost_doubled_or_out_of_order_by_waiting(recording: Place) -> None:
    def written(busy: int) -> tuple[list[Record], list[str]]:
        spoken: list[str] = []
        outlet, clock = Reluctant(busy), Clock(16)
        with closing(recording.open_source()) as source:
            orders = LiveDemo(demo())
            running = RunningDemo(source, outlet, orders, spoken.append)
            starts: tuple[Position, ...] = where_to_begin(source, at_end=True)
            running.run(starts, clock, lambda: clock.now_ms)
        return [record._replace(offset=0) for record in outlet.written], spoken

    at_once, nothing = written(0)
    later, spoken = written(5)
    assert nothing == []
    assert spoken == ["Waiting: somebody else writes"]
    assert later == at_once
    assert len(later) > 10


def test_one_process_at_a_time_goes_on_with_a_demo(tmp_path: Path) -> None:
    path = tmp_path / "demo.kstory"
    with going_on_with(path) as first, going_on_with(path) as second:
        assert (first, second) == (True, False)
    with going_on_with(path) as again:
        assert again
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_nobody_goes_on(tmp_path: Path) -> None:
    with going_on_with(tmp_path / "missing" / "demo.kstory") as ours:
        assert not ours
