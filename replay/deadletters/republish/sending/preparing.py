"""Records made ready before an append: exactly what the plan says, or nothing."""

from collections.abc import Mapping, Sequence

from readers.record import Position, Record, TopicPartition
from readers.source import TopicInfo
from replay.deadletters.republish.content import content_of, sent_record
from replay.deadletters.republish.plan import Guarantee, Plan, PlannedLetter
from replay.deadletters.republish.sending.apply_step import WorldChanged
from replay.deadletters.republish.sending.sent_search import plan_ends, targets_of
from replay.deadletters.republish.sending.watch import ends_of
from replay.deadletters.republish.sending.world import is_as_planned, place_of_content


def ready_record(
    plan: Plan, letter: PlannedLetter, records: Mapping[Position, Record], now_ms: int
) -> Record:
    """The record to append for a letter, of those that were read.

    Raises:
        WorldChanged: it is not what the plan saw.
    """
    place = place_of_content(letter)
    record = records.get(place)
    if record is None or not is_as_planned(letter, record):
        raise WorldChanged(f"What lies at {place} is not what the plan saw there any more.")
    content = content_of(record, letter.key, letter.stripped, letter.mended)
    before = None
    if letter.mended is not None:
        before = content_of(record, record.key, letter.stripped, None).sha256
    return sent_record(plan, letter, content, before, now_ms)


def ends_before(plan: Plan, topics: Sequence[TopicInfo]) -> dict[TopicPartition, int]:
    """From where on what is sent next would be searched for; only a search needs it exact.

    `topics` are the plan's targets as they are now.
    """
    if plan.guarantee is Guarantee.TRANSACTIONS:
        return plan_ends(plan)
    targets = set(targets_of(plan))
    return {p.topic_partition: p.offset for p in ends_of(topics) if p.topic_partition in targets}
