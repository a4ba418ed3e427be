"""Plans made by hand, and the world they are for: dead letters of one topic, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from readers.record import Header, Position, Record, TopicPartition
from replay.deadletters.ledger import Ledger, open_ledger
from replay.deadletters.republish.content import content_of
from replay.deadletters.republish.plan import Guarantee, Plan, PlannedLetter, TargetFacts
from replay.deadletters.republish.sending.apply_step import ApplyStep, Clock
from replay.deadletters.republish.sending.applying import apply_plan
from replay.deadletters.republish.sending.pace import Pace
from replay.deadletters.republish.sending.watch import ends_of
from tests.fakes import START_MS, FakeSink, FakeSource, record_of

DLT, ORIGIN = "order-events-dlt", "order-events"
STALE: tuple[Header, ...] = (("kafka_dlt-exception-message", b"failed"),)


def letters(count: int, *, keys: int = 3) -> list[Record]:
    """Dead letters, dealt to three partitions, each with a stale header and one to be kept."""
    return [
        record_of(
            DLT,
            n % 3,
            n // 3,
            key=b"order-%d" % (n % keys),
            value=b'{"n":%d}' % n,
            timestamp_ms=START_MS + n,
            headers=(*STALE, ("eventId", b"e-%d" % n)),
        )
        for n in range(count)
    ]


def planned(seq: int, letter: Record, **more: object) -> PlannedLetter:
    """A letter's way back to the partition of the same number."""
    content = content_of(letter, letter.key, {name for name, _ in STALE}, None)
    fields: dict[str, object] = {
        "origin": Position(ORIGIN, letter.partition, letter.offset),
        "target": TopicPartition(ORIGIN, letter.partition),
        "sha256": content.sha256,
        "size_bytes": content.size_bytes,
        "kept": tuple(name for name, _ in content.headers),
    }
    return PlannedLetter(
        seq=seq,
        letter=letter.position,
        key=letter.key,
        stripped=tuple(name for name, _ in STALE),
        added=("kstory-replay-id",),
        attempt=1,
        **(fields | more),  # type: ignore[arg-type]
    )


def plan_of(source: FakeSource, records: Sequence[Record], **more: object) -> Plan:
    """A plan for these letters, all at once unless it is said otherwise."""
    topic = source.topics([ORIGIN])[0]
    ends = {bounds.partition: bounds.end_exclusive for bounds in topic.partitions}
    fields: dict[str, object] = {
        "targets": (TargetFacts(ORIGIN, topic.topic_id, ends, False, None, (), ()),),
        "watched": ends_of(source.topics([DLT])),
        "ramp": (),
        "rate": 0.0,
        "letters": tuple(planned(seq, record) for seq, record in enumerate(records)),
    }
    return Plan(
        id="01a20a7a-36b1-7233-ad5f-f3963c37ca42",
        made_at_ms=START_MS,
        made_by="ann@desk",
        cluster_id="fake",
        source_name="fake:9092",
        left_out=(),
        warnings=(),
        **(fields | more),  # type: ignore[arg-type]
    )


@dataclass
class FakeTime:
    """Time that passes only when someone waits."""

    s: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, wait_s: float) -> None:
        self.slept.append(wait_s)
        self.s += wait_s

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.s, self.sleep, lambda: START_MS + 60_000 + round(self.s * 1000))


class World:
    """A source with dead letters, a sink into it, a ledger, and time."""

    def __init__(self, folder: Path, count: int = 7, **source: object) -> None:
        self.letters = letters(count)
        self.source = FakeSource(self.letters, idle_s=0.0, **source)  # type: ignore[arg-type]
        self.source.add_topic(ORIGIN, 3)
        self.sink = FakeSink(self.source)
        self.folder = folder
        self.ledger: Ledger = open_ledger(folder, "fake")
        self.time = FakeTime()
        self.pace = Pace(0.0)

    def plan(self, **more: object) -> Plan:
        return plan_of(self.source, self.letters, **more)

    def apply(self, plan: Plan, **more: object) -> list[ApplyStep]:
        return list(self.steps(plan, **more))

    def steps(self, plan: Plan, **more: object):  # type: ignore[no-untyped-def]
        return apply_plan(
            plan,
            self.source,
            self.sink,
            self.ledger,
            self.pace,
            who="ann@desk",
            reason="it was the gateway",
            clock=self.time.clock,
            locks=self.folder,
            **more,  # type: ignore[arg-type]
        )

    def sent(self) -> list[Record]:
        """What lies in the target, partition by partition."""
        spans = self.source.topics([ORIGIN])[0].spans
        return [record for batch in self.source.read(spans) for record in batch.records]

    def noted(self) -> list[tuple[str, int | None, Position | None]]:
        return [(e.outcome.value, e.seq, e.target) for e in self.ledger.entries()]


SCAN = {"guarantee": Guarantee.SCAN}
