"""A plan says which letters go where, with what, what stays and why, and what that does."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from struct import pack

import orjson
import pytest

from readers.decoders.payload import Json
from readers.errors import UsageError
from readers.partitioners import java_partition
from readers.record import Header, Position, Record
from readers.source import WritingFacts
from replay.deadletters.fate import Outcome
from replay.deadletters.ledger import Entry, Ledger, open_ledger
from replay.deadletters.ledger_entry import verdict
from replay.deadletters.letter import DeadLetter
from replay.deadletters.provenance import Provenance
from replay.deadletters.reading import read_letter
from replay.deadletters.republish.plan import Mended, Plan
from replay.deadletters.republish.planning.making import PlanOptions, make_plan, without
from replay.deadletters.republish.planning.selection import Selection
from replay.deadletters.unwrap import unwrap
from replay.filters import EventFilter
from replay.reducers.reducer import EventData, Reducer
from replay.state_condition import OF_A_STATE, StateCondition
from replay.streams import Stream
from tests.fakes import START_MS, FakeSource, record_of

DLT, TOPIC = "order-events-dlt", "order-events"
LATEST = Reducer("latest", lambda state, event: event["value"])
STREAM = Stream("orders", (TOPIC,), dead_letters=(DLT,))


def spring(
    topic: str, partition: int, offset: int, cause: str = "com.shop.Late"
) -> tuple[Header, ...]:
    return (
        ("kafka_dlt-original-topic", topic.encode()),
        ("kafka_dlt-original-partition", pack(">i", partition)),
        ("kafka_dlt-original-offset", pack(">q", offset)),
        ("kafka_dlt-original-timestamp", pack(">q", START_MS + offset)),
        ("kafka_dlt-original-consumer-group", b"shipping"),
        ("kafka_dlt-exception-cause-fqcn", cause.encode()),
    )


def event(
    offset: int, *, key: str = "order-1", type: str = "OrderPaid", partition: int = 0
) -> Record:
    value = orjson.dumps({"type": type, "orderId": key, "amount": offset})
    return record_of(
        TOPIC, partition, offset, key=key.encode(), value=value, timestamp_ms=START_MS + offset,
        headers=(("eventId", b"e-%d" % offset), ("eventType", type.encode())),
    )  # fmt: skip


def letter(offset: int, of: Record, **more: object) -> Record:
    headers = (*of.headers, *spring(of.topic, of.partition, of.offset))
    return of._replace(
        **({"topic": DLT, "partition": 0, "offset": offset, "headers": headers} | more)
    )


class Desk:
    """Events, some of which failed, and what a plan is made with."""

    def __init__(self, folder: Path) -> None:
        self.events = [event(n, key=f"order-{n % 3}", partition=0) for n in range(10)]
        self.source = FakeSource(self.events, topics=(DLT,))
        self.ledger: Ledger = open_ledger(folder, "fake")
        self.reducer = LATEST

    def add_letters(self, *numbers: int) -> None:
        taken = self.source.topics([DLT])[0].offsets_count
        for at, number in enumerate(numbers, taken):
            self.source.add(letter(at, self.events[number]))

    def plan(
        self,
        selection: Selection = Selection(topics=(DLT,)),  # noqa: B008
        *,
        letter_topics: tuple[str, ...] = (),
        **options: object,
    ) -> Plan:
        *_, last = make_plan(
            self.source,
            selection,
            PlanOptions(**options),  # type: ignore[arg-type]
            streams=(STREAM,),
            ledger=self.ledger,
            group_of=_group_of,
            who="ann@desk",
            now_ms=START_MS + 1_000,
            reducer_of=lambda stream: self.reducer,
            letter_topics=letter_topics,
        )
        assert last.plan is not None
        return last.plan


def _group_of(letter: DeadLetter) -> str:
    return "aa11" if letter.record.offset % 2 else "bb22"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


def why(plan: Plan) -> list[str]:
    return [out.why for out in plan.left_out]


def test_letters_go_back_to_the_recorded_partition_in_the_order_of_the_originals(
    desk: Desk,
) -> None:
    desk.add_letters(7, 4, 1)
    plan = desk.plan()
    assert [str(each.origin) for each in plan.letters] == [f"{TOPIC}:0@{n}" for n in (1, 4, 7)]
    assert [each.seq for each in plan.letters] == [0, 1, 2]
    assert {str(each.target) for each in plan.letters} == {f"{TOPIC}:0"}
    first = plan.letters[0]
    assert first.kept == ("eventId", "eventType")
    assert "kafka_dlt-exception-cause-fqcn" in first.stripped
    assert (first.attempt, plan.cluster_id, plan.made_by) == (1, "fake", "ann@desk")


def test_of_letters_with_one_origin_the_newest_goes(desk: Desk) -> None:
    for at in range(3):
        desk.source.add(letter(at, desk.events[4], timestamp_ms=START_MS + 100 + at))
    plan = desk.plan()
    assert [each.letter.offset for each in plan.letters] == [2]
    assert why(plan) == [f"a newer letter of {TOPIC}:0@4 is sent"] * 2


def test_of_letters_with_one_origin_the_one_mended_last_goes(desk: Desk) -> None:
    copies = [letter(at, desk.events[4], timestamp_ms=START_MS + 100 + at) for at in range(4)]
    desk.source.add(*copies)
    for copy, at_ms in ((copies[2], 1), (copies[1], 2), (copies[3], 3)):
        desk.ledger.mend(copy, Mended(b"order-1", b"%d" % at_ms, ()), who="bob@x", at_ms=at_ms)
    desk.ledger.discard_mend(copies[3].position, who="bob@x", at_ms=4)
    plan = desk.plan()
    assert [(each.letter.offset, each.mended and each.mended.value) for each in plan.letters] == [
        (1, b"2")
    ]
    assert why(plan) == [f"a mended letter of {TOPIC}:0@4 is sent"] * 3


def test_positions_a_group_a_time_and_conditions_choose(desk: Desk) -> None:
    desk.add_letters(1, 4, 7)

    def chosen(**more: object) -> list[int]:
        plan = desk.plan(Selection(**({"topics": (DLT,)} | more)))  # type: ignore[arg-type]
        return sorted(each.letter.offset for each in plan.letters)

    assert chosen(positions=(Position(DLT, 0, 2), Position(DLT, 0, 99))) == [2]
    assert chosen(group="aa") == [1]
    assert chosen(from_ms=START_MS + 4) == [1, 2]
    assert chosen(until_ms=START_MS + 4) == [0]
    assert chosen(where=EventFilter("value.amount > 4")) == [2]


def test_a_position_without_a_record_is_said(desk: Desk) -> None:
    plan = desk.plan(Selection(positions=(Position(DLT, 0, 9), Position("no", 0, 0))))
    assert why(plan) == ["there is no record at this position"] * 2


def test_a_groups_id_that_is_not_unique_is_refused(desk: Desk) -> None:
    desk.add_letters(1, 4)
    with pytest.raises(UsageError, match="2 groups begin with"):
        desk.plan(Selection(topics=(DLT,), group=""))


def test_a_missing_origin_topic_is_said(desk: Desk) -> None:
    desk.source.add(letter(0, event(1)._replace(topic="gone")))
    assert why(desk.plan()) == ["its target gone does not exist; name another one with --to"]


def test_a_shrunk_partition_count_is_said_and_to_sends_by_key(desk: Desk) -> None:
    desk.source.add(letter(0, event(1, partition=7)))
    desk.source._partitions[TOPIC] = 3  # noqa: SLF001
    assert why(desk.plan()) == [
        f"partition 7 of {TOPIC} is gone, it has 3 now; --to {TOPIC} sends it where its key belongs"
    ]
    plan = desk.plan(to=TOPIC)
    assert plan.letters[0].target.partition == java_partition(b"order-1", 3)
    assert any("Java's partitioner" in warning for warning in plan.warnings)


def test_another_topic_with_as_many_partitions_keeps_the_partition(desk: Desk) -> None:
    desk.add_letters(1)
    desk.source.add_topic("private", 3)
    desk.source.add_topic("wide", 12)
    assert str(desk.plan(to="private").letters[0].target) == "private:0"
    assert desk.plan(to="wide").letters[0].target.partition == java_partition(b"order-1", 12)


def test_a_target_without_permission_is_said(desk: Desk) -> None:
    desk.add_letters(1)
    desk.source.facts[TOPIC] = WritingFacts(may_write=False)
    assert why(desk.plan()) == [f"{TOPIC} may not be written to: there is no permission"]


def test_a_letter_too_large_for_its_target_is_said(desk: Desk) -> None:
    desk.add_letters(1)
    desk.source.facts[TOPIC] = WritingFacts(True, 1_000, ())
    assert f"too many for {TOPIC}, which takes 1,000" in why(desk.plan())[0]


def test_a_dead_letter_topic_is_no_target_unless_forced(desk: Desk) -> None:
    desk.add_letters(1)
    assert why(desk.plan(to=DLT)) == [
        f"its target {DLT} holds dead letters or retries itself (--force)"
    ]
    assert len(desk.plan(to=DLT, force=True).letters) == 1


def test_a_header_whose_name_is_no_text_is_said(desk: Desk) -> None:
    bad = letter(0, desk.events[1])
    desk.source.add(bad._replace(headers=(*bad.headers, ("x\ufffd", b""))))
    assert "the name of a header is no UTF-8" in why(desk.plan())[0]


def test_what_was_sent_before_stays_unless_forced(desk: Desk) -> None:
    desk.add_letters(1)
    origin = desk.events[1].position
    desk.ledger.note(
        [Entry(1, "bob@x", Outcome.REPUBLISHED, Position(DLT, 0, 77), origin, plan_id="p", seq=0)]
    )
    assert why(desk.plan()) == ["it was sent before, by the plan p (--force)"]
    assert desk.plan(force=True).letters[0].attempt == 2


def test_what_someone_saw_to_stays(desk: Desk) -> None:
    desk.add_letters(1)
    desk.ledger.note([Entry(1, "bob@x", Outcome.IGNORED, Position(DLT, 0, 0))])
    assert why(desk.plan()) == ["bob@x noted it as ignored (--force)"]


def test_what_someone_saw_to_for_one_group_goes_back_for_another(desk: Desk) -> None:
    desk.add_letters(1)
    newer = letter(1, desk.events[1], timestamp_ms=START_MS + 100)
    other = [(n, b"billing" if n.endswith("consumer-group") else v) for n, v in newer.headers]
    newer = newer._replace(headers=tuple(other))
    desk.source.add(newer)
    seen_to = verdict(read_letter(newer), Outcome.IGNORED, who="bob@x", at_ms=1, reason="a test")
    desk.ledger.note([seen_to])
    plan = desk.plan()
    assert [each.letter.offset for each in plan.letters] == [0]
    assert why(plan) == [f"another letter of {TOPIC}:0@1 is sent"]


def test_a_letter_that_goes_in_circles_stays(desk: Desk) -> None:
    back = letter(0, desk.events[1])
    told = (("kstory-replay-of", b"x-dlt:0@1"), ("kstory-replay-attempt", b"3"))
    desk.source.add(back._replace(headers=(*back.headers, *told)))
    assert why(desk.plan()) == ["it was sent 3 times already (--force)"]
    plan = desk.plan(force=True)
    assert plan.letters[0].attempt == 4
    assert "kstory-replay-of" in plan.letters[0].stripped


def test_a_letter_that_says_only_where_it_was_read_last_goes_in_circles_too(desk: Desk) -> None:
    first = desk.events[1].position
    places = [first, *(Position(TOPIC, 0, 100 + n) for n in range(3))]
    for n, (origin, target) in enumerate(pairwise(places)):
        desk.ledger.note(
            [Entry(1, "bob@x", Outcome.REPUBLISHED, Position(DLT, 1, n), origin, target, f"p{n}")]
        )
    desk.source.add(letter(0, event(102)))
    assert why(desk.plan()) == ["it was sent 3 times already (--force)"]
    assert [each.attempt for each in desk.plan(force=True).letters] == [4]


def test_newer_records_of_the_key_are_counted_and_stay_where_compacted(desk: Desk) -> None:
    desk.add_letters(1, 9)
    plan = desk.plan()
    assert [each.later for each in plan.letters] == [2, 0]  # offsets 4 and 7
    assert any("1 letter is superseded" in warning for warning in plan.warnings)
    desk.source.infos[TOPIC]["compacted"] = True
    assert why(desk.plan()) == [
        f"a newer record of its key is in {TOPIC}, which is compacted (--force)"
    ]
    assert len(desk.plan(force=True).letters) == 2


def test_a_letter_without_its_key_gets_it_from_its_origin(desk: Desk) -> None:
    desk.source.add(letter(0, desk.events[1], key=None))
    (planned,) = desk.plan().letters
    assert (planned.key, planned.from_origin) == (b"order-1", True)


def test_a_letter_of_a_value_alone_goes_again_after_it_came_back(desk: Desk) -> None:
    value, origin = desk.events[1].value, desk.events[1].position
    first = record_of("order-events-dlq", 0, 0, key=None, value=value, timestamp_ms=START_MS + 20)
    told = Provenance("p", 0, first.position, origin, 1, START_MS + 30)
    sent = desk.events[1]._replace(
        offset=10, timestamp_ms=START_MS + 30, headers=(("eventId", b"e-1"), *told.headers())
    )
    desk.source.add(first, sent, first._replace(offset=1, timestamp_ms=START_MS + 40))
    desk.ledger.note(
        [Entry(1, "a", Outcome.REPUBLISHED, first.position, origin, sent.position, "p", 0)]
    )
    plan = desk.plan(Selection(topics=("order-events-dlq",)))
    assert [(each.letter.offset, each.origin, each.key) for each in plan.letters] == [
        (1, sent.position, b"order-1")
    ]
    assert why(plan) == ["it was sent before, by the plan p (--force)"]


def test_a_letter_that_may_have_lost_its_key_stays_where_its_origin_is_gone(desk: Desk) -> None:
    told = (("x-source-topic", TOPIC), ("x-source-partition", "0"), ("x-source-offset", "55"))
    headers = tuple((name, text.encode()) for name, text in told)
    desk.source.add(record_of(DLT, 0, 0, key=None, headers=headers))
    assert "its original at order-events:0@55 is gone" in why(desk.plan())[0]


@pytest.mark.parametrize("is_mended", [False, True])
def test_a_null_key_is_the_originals_where_the_framework_keeps_keys(
    desk: Desk, is_mended: bool
) -> None:
    record = letter(0, event(55), key=None)
    desk.source.add(record)
    if is_mended:
        desk.ledger.mend(record, Mended(None, b"{}", ()), who="a", at_ms=1)
    (planned,) = desk.plan().letters
    assert (planned.key, planned.from_origin, planned.attempt) == (None, False, 1)


def test_a_null_key_that_two_frameworks_had_is_trusted_where_both_keep_keys(desk: Desk) -> None:
    record = letter(0, event(55), key=None)
    lost = (("reason_poisoned", b"x"), ("topic_poisoned", TOPIC.encode()))
    desk.source.add(record._replace(headers=(*lost, *record.headers)))
    assert "it has no key, and may have lost it" in why(desk.plan())[0]


def test_a_mended_letter_is_planned_as_mended(desk: Desk) -> None:
    desk.add_letters(1)
    record = letter(0, desk.events[1])
    desk.ledger.mend(
        record, Mended(b"order-1", b'{"type":"Mended"}', record.headers), who="a", at_ms=1
    )
    (planned,) = desk.plan().letters
    assert planned.mended is not None
    assert planned.kept == ("eventId", "eventType")
    assert planned.added[-1] == "kstory-replay-edited"


def test_an_edit_without_the_key_that_the_original_has_stays_unless_forced(desk: Desk) -> None:
    record = letter(0, desk.events[1], key=None)
    desk.source.add(record)
    desk.ledger.mend(record, Mended(None, b'{"type":"Mended"}', ()), who="a", at_ms=1)
    plan = desk.plan()
    assert (plan.letters, len(plan.left_out)) == ((), 1)
    assert f"edited without its key, which {TOPIC}:0@1 still has" in why(plan)[0]
    assert [each.key for each in desk.plan(force=True).letters] == [None]
    desk.ledger.mend(record, Mended(b"order-1", b'{"type":"Mended"}', ()), who="a", at_ms=2)
    assert [each.key for each in desk.plan().letters] == [b"order-1"]


def test_poison_is_warned_about_unless_mended(desk: Desk) -> None:
    bad = desk.events[1]
    headers = spring(
        TOPIC, 0, 1, "org.springframework.kafka.support.serializer.DeserializationException"
    )
    desk.source.add(bad._replace(topic=DLT, offset=0, headers=headers))
    assert any("the consumer could not read" in warning for warning in desk.plan().warnings)


def test_a_value_that_a_hop_wrapped_is_warned_about_until_it_is_unwrapped(desk: Desk) -> None:
    value = b'"eyJhIjoxfQ=="'
    wrapped = letter(0, desk.events[1], value=value)
    desk.source.add(wrapped)
    assert any("1 letter is wrapped" in warning for warning in desk.plan().warnings)
    desk.ledger.mend(wrapped, Mended(b"order-1", unwrap(value)[0], ()), who="a", at_ms=1)
    assert not any("wrapped" in warning for warning in desk.plan().warnings)


@pytest.mark.parametrize(("value", "is_told"), [(b'{"a":1}', True), (b"\0\0\0\0\7avro", False)])
def test_a_value_that_a_schema_rule_wrote_anew_is_warned_about(
    desk: Desk, value: bytes, is_told: bool
) -> None:
    headers = (("__rule.name", b"check"), ("__rule.topic", TOPIC.encode()))
    desk.source.add(record_of(DLT, 0, 0, value=value, headers=headers))
    warned = any("1 letter is of a schema rule" in warning for warning in desk.plan().warnings)
    assert warned == is_told


def test_all_consumer_groups_of_a_target_are_told(desk: Desk) -> None:
    desk.add_letters(1)
    desk.source.facts[TOPIC] = WritingFacts(True, None, ("billing", "shipping"))
    plan = desk.plan()
    assert plan.targets[0].failed_groups == ("shipping",)
    assert f"{TOPIC} will also be read by billing; what failed: shipping." in plan.warnings


def test_the_state_before_and_after_is_told(desk: Desk) -> None:
    desk.add_letters(1)
    impact = desk.plan().letters[0].impact
    assert impact is not None
    assert (impact.aggregate, impact.already_told, impact.error) == ("order-1", True, None)
    assert impact.before["amount"] == 7  # type: ignore[index,call-overload]
    assert impact.after == impact.before  # its story has the event, and counts it once
    assert impact.again["amount"] == 1  # type: ignore[index,call-overload]
    assert (impact.failed_n, impact.failed["amount"]) == (1, 1)  # type: ignore[index,call-overload]


def test_a_sample_of_impacts_is_stated(desk: Desk) -> None:
    desk.add_letters(1, 4, 7)
    plan = desk.plan(impact_letters=1)
    assert [each.impact is not None for each in plan.letters] == [True, False, False]
    assert "What it does to the aggregates was worked out for 1 of 3 letters." in plan.warnings


def test_a_condition_on_the_state_leaves_letters_out(desk: Desk) -> None:
    desk.add_letters(1, 2)
    plan = desk.plan(Selection(topics=(DLT,), when=StateCondition("state.amount == 8", OF_A_STATE)))
    assert [each.key for each in plan.letters] == [b"order-2"]
    assert why(plan) == ["its aggregate's state does not fulfil state.amount == 8"]


def test_a_condition_that_can_be_said_of_no_state_is_refused(desk: Desk) -> None:
    desk.add_letters(1, 2)
    when = StateCondition("state.amount - 0.5 == 8.0", OF_A_STATE)
    with pytest.raises(UsageError, match="could not be evaluated on 2 of 2 states"):
        desk.plan(Selection(topics=(DLT,), when=when))


@pytest.mark.parametrize("text", ["state.", "1 == 1", "n > 1"])
def test_a_condition_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="condition"):
        StateCondition(text, OF_A_STATE)


def test_what_a_letter_without_an_origin_needs_is_said(desk: Desk) -> None:
    desk.source.add(record_of("dlq.things", 0, 0))
    plan = desk.plan(Selection(topics=("dlq.things",)))
    assert why(plan) == ["nothing says where it comes from; name a topic with --to"]


def test_a_plan_without_some_letters_is_another_plan(desk: Desk) -> None:
    desk.add_letters(1, 4, 7)
    plan = desk.plan()
    less = without(plan, [plan.letters[0].letter], "left out by hand")
    assert [each.seq for each in less.letters] == [0, 1]
    assert less.id != plan.id
    assert why(less) == ["left out by hand"]


def test_a_target_that_no_letter_is_left_for_is_no_target(desk: Desk) -> None:
    other = record_of("refunds", 0, 0, key=b"order-1", timestamp_ms=START_MS)
    desk.source.add(other)
    desk.add_letters(1)
    desk.source.add(letter(1, other))
    plan = desk.plan()
    assert [target.topic for target in plan.targets] == [TOPIC, "refunds"]
    less = without(plan, [Position(DLT, 0, 1)], "left out by hand")
    assert [target.topic for target in less.targets] == [TOPIC]


def test_dead_letter_topics_are_watched_from_their_ends(desk: Desk) -> None:
    desk.add_letters(1)
    assert Position(DLT, 0, 1) in desk.plan().watched


def test_a_dead_letter_topic_that_only_its_letters_tell_is_watched_too(desk: Desk) -> None:
    desk.add_letters(1)
    desk.source.add(record_of("failed", 0, 0))
    assert Position("failed", 0, 1) not in desk.plan().watched
    assert Position("failed", 0, 1) in desk.plan(letter_topics=("failed",)).watched


def test_planning_reads_and_sends_nothing(desk: Desk) -> None:
    desk.add_letters(1)
    before = desk.source.topics()
    plan = desk.plan()
    assert desk.source.topics() == before
    assert not desk.ledger.path.exists()
    assert replace(plan, id="") == replace(desk.plan(), id="")


def pointer(at: int, offset: int) -> Record:
    """A letter of a share group's, which has nothing of its original."""
    told = {"topic": TOPIC, "partition": "0", "offset": str(offset), "group": "shipping"}
    headers = tuple((f"__dlq.errors.{n}", v.encode()) for n, v in told.items())
    return record_of(DLT, 0, at, key=None, value=None, headers=headers)


def test_a_pointer_is_completed_from_its_origin_or_stays(desk: Desk) -> None:
    desk.source.add(pointer(0, 4), pointer(1, 99))
    plan = desk.plan()
    (planned,) = plan.letters
    assert (planned.key, planned.from_origin) == (b"order-1", True)
    assert planned.kept == ("eventId", "eventType")
    assert why(plan) == [f"it only points to its original: its original at {TOPIC}:0@99 is gone"]


def test_stale_headers_of_an_original_are_not_sent_again(desk: Desk) -> None:
    desk.source.add(event(10)._replace(headers=(("retry_topic-attempts", b"3"), ("own", b"1"))))
    desk.source.add(pointer(0, 10))
    (planned,) = desk.plan().letters
    assert (planned.kept, planned.stripped[-1]) == (("own",), "retry_topic-attempts")


def test_for_another_topic_later_is_by_time(desk: Desk) -> None:
    desk.add_letters(1)
    desk.source.add(
        record_of("private", 0, 0, key=b"order-1", timestamp_ms=START_MS),
        record_of("private", 0, 1, key=b"order-1", timestamp_ms=START_MS + 500),
        record_of("private", 0, 2, key=b"order-2", timestamp_ms=START_MS + 500),
    )
    assert desk.plan(to="private").letters[0].later == 1


def test_later_records_of_many_letters_with_one_key_are_counted_in_no_time(desk: Desk) -> None:
    count = 4_000
    events = [event(n, key="hot") for n in range(2 * count)]
    desk.source = FakeSource(events, topics=(DLT,))
    desk.source.add(*(letter(n, events[2 * n]) for n in range(count)))
    began_s = time.process_time()
    plan = desk.plan(impact_letters=0)
    assert time.process_time() - began_s < 10  # walking all marks for each record takes minutes
    assert [each.later for each in plan.letters] == list(range(count, 0, -1))


def test_rules_that_break_and_reducers_that_fail_are_told(desk: Desk) -> None:
    def reduce(state: Json, event: EventData) -> Json:
        if event["value"]["amount"] == 2:  # type: ignore[index,call-overload]
            raise ValueError("no")
        return [*(state or []), 1]  # type: ignore[misc]

    desk.reducer = Reducer("r", reduce, check=lambda s: ["four"] if len(s or []) > 3 else [])  # type: ignore[arg-type]
    desk.add_letters(1, 2)
    ones, twos = (each.impact for each in desk.plan().letters)
    assert ones is not None
    assert twos is not None
    assert (ones.broken, ones.again_breaks) == ((), ("four",))
    assert "no" in (twos.error or "")
    assert twos.before == twos.after


def test_letters_of_one_aggregate_are_applied_one_after_the_other(desk: Desk) -> None:
    desk.reducer = Reducer("n", lambda state, event: (state or 0) + 1)  # type: ignore[operator]
    desk.add_letters(1, 4)
    told = [each.impact for each in desk.plan().letters]
    assert [(each.before, each.after, each.again) for each in told if each] == [
        (3, 3, 4),
        (3, 3, 5),
    ]


def test_nothing_is_sent_into_a_topic_of_the_clusters_own(desk: Desk) -> None:
    desk.add_letters(1)
    desk.source.infos[TOPIC]["internal"] = True
    assert "the cluster's own" in why(desk.plan())[0]
