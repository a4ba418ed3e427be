"""What stands out in a story is marked, and what does not is not."""

from readers.record import Position
from replay.event import Event
from replay.event_marks import Mark, letters_by_origin, mark
from replay.streams import Stream
from tests.corpus_records import corpus
from tests.replay.told import STREAM, event


def marks_of(*events: Event, stream: Stream = STREAM) -> list[tuple[Mark, ...]]:
    return [told.marks for told in mark(events, stream, letters_by_origin(events))]


def test_an_ordinary_story_has_no_marks() -> None:
    assert marks_of(event(0, 0, id="1"), event(1, 1, id="2"), event(2, 60, id="3")) == [()] * 3


def test_an_event_id_seen_before_is_a_duplicate() -> None:
    told = marks_of(event(0, id="1"), event(1, id="2"), event(2, id="1"))
    assert told == [(), (), (Mark.DUPLICATE,)]


def test_the_same_id_in_another_topic_or_of_another_type_is_no_duplicate() -> None:
    first = event(0, id="1", type="A")
    assert marks_of(first, event(0, id="1", type="A", topic="payment-events"))[1] == ()
    assert marks_of(first, event(1, id="1", type="B"))[1] == ()


def test_a_letter_with_its_origins_id_is_no_duplicate() -> None:
    letters = [event(n, id="1", topic="order-events-dlt") for n in range(2)]
    assert marks_of(event(0, id="1"), *letters) == [()] * 3


def test_an_id_that_repeats_the_aggregates_is_none() -> None:
    assert marks_of(event(0, id="order-1"), event(1, id="order-1")) == [(), ()]


def test_events_without_an_id_are_no_duplicates() -> None:
    assert marks_of(event(0), event(1)) == [(), ()]


def test_an_event_before_one_already_told_is_late() -> None:
    told = marks_of(event(0, 10), event(1, 5), event(2, 7), event(3, 10))
    assert told == [(), (Mark.LATE,), (Mark.LATE,), ()]


def test_a_pause_longer_than_the_limit_is_a_gap() -> None:
    assert marks_of(event(0, 0), event(1, 60), event(2, 120.001)) == [(), (), (Mark.GAP,)]


def test_a_step_may_have_a_limit_of_its_own() -> None:
    limits = Stream("s", ("order-events",), gap_ms=60_000, step_gaps_ms={("A", "B"): 5_000})
    events = (event(0, 0, type="A"), event(1, 6, type="B"), event(2, 12, type="A"))
    assert marks_of(*events, stream=limits) == [(), (Mark.GAP,), ()]


def test_what_follows_a_late_event_is_no_gap() -> None:
    assert marks_of(event(0, 3600), event(1, 0), event(2, 3601)) == [(), (Mark.LATE,), ()]


def test_a_pause_around_an_event_without_a_time_is_still_a_gap() -> None:
    assert marks_of(event(0, 0), event(1, None), event(2, 3600)) == [(), (), (Mark.GAP,)]


def test_the_time_since_the_event_before_may_be_negative_or_unknown() -> None:
    events = [event(0, 10), event(1, 5), event(2, None), event(3, 6)]
    assert [told.after_ms for told in mark(events, STREAM, {})] == [None, -5000, None, None]


def test_what_cannot_be_decoded_and_what_has_no_value_is_marked() -> None:
    assert marks_of(event(raw=b'{"a":'), event(1, raw=None), event(2, raw=b"")) == [
        (Mark.UNDECODABLE,),
        (Mark.TOMBSTONE,),
        (),
    ]


def test_what_kstory_sent_again_is_marked() -> None:
    assert marks_of(event(headers=[("kstory-replay-of", b"dlt:0@1")])) == [(Mark.REPUBLISHED,)]


def test_what_kstory_sent_again_leads_to_the_letter_that_it_was() -> None:
    (told,) = mark([event(headers=[("kstory-replay-of", b"dlt:0@1")])], STREAM, {})
    assert told.linked == Position("dlt", 0, 1)


def test_a_mended_event_is_no_repetition_of_what_failed_but_one_of_itself() -> None:
    mended = [("kstory-replay-of", b"dlt:0@1"), ("kstory-replay-edited", b"a -> b")]
    events = [event(n, n, id="e-1", headers=mended if n else []) for n in range(3)]
    assert marks_of(*events) == [
        (),
        (Mark.REPUBLISHED,),
        (Mark.REPUBLISHED, Mark.DUPLICATE),
    ]


def test_an_event_and_its_real_letter_are_linked_both_ways() -> None:
    stream = Stream("s", ("real-order-events",), dead_letters=("real-order-events-dlt",))
    events = [stream.event(r) for r in corpus("spring") if r.key == b"ord-4720"]
    origin, letter = mark(events, stream, letters_by_origin(events))
    assert (origin.marks, letter.marks) == ((Mark.DEAD_LETTERED,), ())
    assert origin.linked == letter.event.position
    assert letter.linked == origin.event.position


def test_the_last_of_several_letters_is_linked() -> None:
    stream = Stream("s", ("real-order-events",), dead_letters=("real-order-events-dlt",))
    records = [r for r in corpus("spring") if r.key == b"ord-4720"]
    events = [stream.event(r) for r in (*records, records[1]._replace(offset=99))]
    assert [at.offset for at in letters_by_origin(events).values()] == [99]
