"""The demo goes on in real time, told by a clock that is given."""

from dataclasses import replace

from readers.record import Record
from replay.demo.dataset import build_demo
from replay.demo.live import LiveDemo

END_MS = 1_795_414_998_839
DEMO = build_demo(END_MS, orders=1200)


def live_records(*until_s: int) -> list[Record]:
    live = LiveDemo(DEMO)
    return [record for s in until_s for record in live.due(END_MS + 1000 * s)]


def moment(record: Record) -> tuple[int | None, bytes | None, tuple[object, ...]]:
    return record.timestamp_ms, record.value, record.headers


def test_a_few_events_come_each_second() -> None:
    assert 2 <= len(live_records(600)) / 600 <= 5


def test_it_goes_on_the_same_however_it_is_asked() -> None:
    steps = [moment(record) for record in live_records(*range(0, 301, 7), 301)]
    assert steps == [moment(record) for record in live_records(301)]


def test_everything_comes_after_the_end_and_in_its_time() -> None:
    stamps = [record.timestamp_ms or 0 for record in live_records(300)]
    assert stamps == sorted(stamps)
    assert stamps[0] > END_MS - 1000
    assert stamps[-1] <= END_MS + 300_000


def test_orders_under_way_at_the_end_are_finished() -> None:
    under_way = {draft.key for draft in DEMO.pending}
    assert under_way <= {record.key for record in live_records(120)}


def test_new_orders_take_new_numbers() -> None:
    old = {record.key for record in DEMO.records}
    created = [
        record.key
        for record in live_records(300)
        if ("eventType", b"OrderCreated") in record.headers
    ]
    assert len(created) == len(set(created)) > 50
    assert not old & set(created)


def test_nothing_comes_twice() -> None:
    live = LiveDemo(DEMO)
    assert live.due(END_MS + 60_000)
    assert live.due(END_MS + 60_000) == ()


def test_after_a_days_sleep_only_the_last_minutes_are_made_up_for() -> None:
    day_ms = 86_400_000
    records = LiveDemo(DEMO).due(END_MS + day_ms)
    assert 1000 < len(records) < 3000
    assert min(r.timestamp_ms or 0 for r in records) >= END_MS + day_ms - 600_000


def test_a_demo_that_goes_on_again_does_not_repeat_what_came_after_the_first_end() -> None:
    again = LiveDemo(replace(DEMO, records=(), pending=(), next_number=DEMO.next_number + 100))
    first = {dict(record.headers)["eventId"] for record in live_records(120)}
    assert not first & {dict(r.headers)["eventId"] for r in again.due(END_MS + 120_000)}
