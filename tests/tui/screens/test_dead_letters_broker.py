"""Dead letters of a real cluster: counted, read beside their originals, and left as they are."""

from contextlib import closing

from readers.kafka_writer import KafkaSink
from readers.opening import open_source
from readers.profiles import SourceSpec
from readers.record import Position
from readers.source import NewTopic
from tests.broker.broker import Broker
from tests.broker.snapshot import settle, take_snapshot
from tests.fakes import START_MS
from tests.tui.screens.demo_app import letter_of, payments, press_on_topics, sees
from tui.app import KstoryApp

PAYMENTS = "triaged-payments"
LETTERS = f"{PAYMENTS}-dlt"


async def test_a_clusters_letters_are_triaged_and_nothing_changes(broker: Broker) -> None:
    origins = [record._replace(topic=PAYMENTS) for record in payments(40)]
    letters = [letter_of(record, n) for n, record in enumerate(origins)]
    with closing(KafkaSink(broker.bootstrap, {})) as sink:
        sink.create_topics(
            [NewTopic(name, 1, {"retention.ms": "-1"}) for name in (PAYMENTS, LETTERS)]
        )
        sink.write([*origins, *letters])
    settle(broker.bootstrap)
    before = take_snapshot(broker.bootstrap)
    spec = SourceSpec("kafka", broker.bootstrap)
    app = KstoryApp(lambda: open_source(spec), spec=spec, clock=lambda: START_MS + 60_000)
    async with app.run_test(size=(160, 45)) as pilot:
        await press_on_topics(pilot, app)
        app.open_dead_letters((LETTERS,))
        await sees(pilot, app, "40 letters · 1 kind", "GatewayTimeoutException", "when it failed")
        await pilot.press("enter")
        await sees(pilot, app, "40 dead letters", "order-0", "no answer in 2000 ms")
        await pilot.press("enter")
        await sees(pilot, app, "= value as in the letter", "order-0, then and now")
        await pilot.press("escape")
        app.open_letter(Position(LETTERS, 0, 39))
        await sees(pilot, app, f"{PAYMENTS} p0 @39", "order-39, then and now")
    assert take_snapshot(broker.bootstrap) == before
