from readers.record import Record
from replay.deadletters.aftermath import aftermath, telling_change
from replay.deadletters.reading import read_letter
from replay.demo.letters import Failure, letter_headers
from replay.reducers.loading import load_reducer
from replay.story import Story, tell
from replay.streams import Stream
from tests.fakes import START_MS, record_of

STREAM = Stream("orders", ("order-events",), dead_letters=("order-events-dlt",))
FAILED = Failure(
    "shipping", "com.shop.NoStock", "none left", ("com.shop.Shelf.take(Shelf.java:1)",)
)


def event(offset: int, kind: str, value: bytes = b"{}") -> Record:
    return record_of(
        offset=offset, value=value, timestamp_ms=START_MS + offset * 1000,
        headers=(("eventType", kind.encode()),),
    )  # fmt: skip


EVENTS = [
    event(0, "OrderCreated"),
    event(1, "OrderUpdated", b'{"status":"PACKING"}'),
    event(2, "OrderCancelled", b'{"reason":"none left"}'),
]


def letter_of(origin: Record) -> Record:
    return origin._replace(
        topic="order-events-dlt", offset=0, timestamp_ms=START_MS + 1_500,
        headers=letter_headers(origin, FAILED),
    )  # fmt: skip


def story(events: list[Record], letters: list[Record]) -> Story:
    return tell(
        [[STREAM.event(record) for record in records] for records in (events, letters)],
        aggregate="order-1",
        stream=STREAM,
        topics=STREAM.all_topics,
        reducer=load_reducer("order"),
        missing=None,
    )


def test_the_states_are_that_after_the_origin_and_the_last() -> None:
    letter = letter_of(EVENTS[1])
    found = aftermath(story(EVENTS, [letter]), read_letter(letter))
    assert (found.n, found.letter_n, found.is_origin, found.since) == (2, 3, True, 1)
    change = telling_change(found.changed)
    assert change is not None
    assert (change.pointer, change.before, change.after) == ("/status", "PACKING", "CANCELLED")


def test_where_the_origin_is_gone_the_letters_own_place_counts() -> None:
    letter = letter_of(EVENTS[1])
    found = aftermath(story([EVENTS[0], EVENTS[2]], [letter]), read_letter(letter))
    assert (found.n, found.is_origin) == (2, False)


def test_a_story_with_neither_tells_no_state_then() -> None:
    letter = letter_of(EVENTS[1])
    found = aftermath(story([EVENTS[0]], []), read_letter(letter))
    assert (found.n, found.when, found.letter_n) == (None, None, None)


def test_nothing_has_changed_where_nothing_followed() -> None:
    letter = letter_of(EVENTS[2])
    found = aftermath(story(EVENTS, [letter]), read_letter(letter))
    assert (found.changed, telling_change(found.changed), found.since) == ((), None, 0)
