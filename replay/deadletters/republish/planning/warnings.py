"""What a person should know before a plan is sent, a sentence each."""

from collections.abc import Iterator, Sequence

from replay.deadletters.republish.plan import Guarantee, Impact, TargetFacts
from replay.deadletters.republish.planning.drafting import Draft

_TXN = (
    "Consumers that read uncommitted records (the default of Java's) may also see records of an "
    "aborted batch: after a crash such a letter reaches them twice. The guarantee scan avoids it."
)
_SCAN = (
    "Sent once by searching the target after a crash: that holds only while no kstory on another "
    "machine sends this plan."
)
_TIMES = (
    "Original timestamps are kept: retention may delete what is sent at once, and time windows "
    "may drop it."
)


def warnings_of(
    drafts: Sequence[Draft],
    targets: Sequence[TargetFacts],
    preserve_timestamp: bool,
    guarantee: Guarantee,
    others: Sequence[str],
) -> Iterator[str]:
    """All of them, the gravest first; `others` are clauses or sentences from elsewhere."""
    if not drafts:
        yield from map(_sentence, dict.fromkeys(others))
        return
    yield "Sending cannot be undone."
    yield from _of_targets(targets)
    yield from _of_letters(drafts)
    if preserve_timestamp:
        yield _TIMES
    yield _TXN if guarantee is Guarantee.TRANSACTIONS else _SCAN
    yield from map(_sentence, dict.fromkeys(others))


def _of_targets(targets: Sequence[TargetFacts]) -> Iterator[str]:
    for target in targets:
        if target.consumer_groups is None:
            yield f"Which consumer groups read {target.topic} is not told; all of them will get it."
            continue
        others = sorted(set(target.consumer_groups) - set(target.failed_groups))
        if others:
            failed = ", ".join(target.failed_groups) or "which one is not told"
            yield (
                f"{target.topic} will also be read by {', '.join(others)}; what failed: {failed}."
            )


def _of_letters(drafts: Sequence[Draft]) -> Iterator[str]:
    later = sum(draft.planned.later > 0 for draft in drafts)
    if later:
        yield (
            f"{_letters(later)} superseded: newer records of the same key came into the target "
            "since."
        )
    yield from _of_states([d.planned.impact for d in drafts if d.planned.impact is not None])
    poison = sum(draft.is_poison for draft in drafts)
    if poison:
        yield (
            f"{_letters(poison)} such that the consumer could not read, not mended since: "
            "likely to fail again."
        )
    wrapped = sum(draft.is_wrapped for draft in drafts)
    if wrapped:
        yield (
            f"{_letters(wrapped)} wrapped: a hop wrote the value as a base64 JSON string, and the "
            "consumer gets that; `kstory dlq edit POSITION --unwrap` takes the value out."
        )
    recoded = sum(draft.is_recoded for draft in drafts)
    if recoded:
        yield (
            f"{_letters(recoded)} of a schema rule, which may have written the value anew as JSON: "
            "the consumer may not read that; compare it with its original, and edit it."
        )
    by_key = sum(draft.chosen.by_key for draft in drafts)
    if by_key:
        yield (
            f"{_letters(by_key)} sent where Java's partitioner puts the key, not to the recorded "
            "partition: the order within a key holds only if the topic's writers use it too."
        )
    odd = sum(draft.chosen.is_odd for draft in drafts)
    if odd:
        yield (
            f"{_letters(odd)} going to the recorded partition, where no usual partitioner puts the "
            "key now: the topic may have had another number of partitions."
        )


def _of_states(impacts: Sequence[Impact]) -> Iterator[str]:
    moved = sum(impact.failed_n is not None and impact.failed != impact.before
                for impact in impacts)  # fmt: skip
    if moved:
        yield f"{_letters(moved)} of aggregates whose state is another one since it failed."
    broken = sum(impact.newly_broken != () for impact in impacts)
    if broken:
        yield f"{_letters(broken)} breaking a rule of the aggregate's state that holds now."
    again = sum(impact.again_breaks != () for impact in impacts)
    if again:
        yield (
            f"{_letters(again)} breaking a rule for consumers that do not check event ids: they "
            "would apply the event twice."
        )


def _letters(count: int) -> str:
    return "1 letter is" if count == 1 else f"{count:,} letters are"


def _sentence(text: str) -> str:
    return (
        f"{text[:1].upper()}{text[1:]}" if text.endswith(".") else f"{text[:1].upper()}{text[1:]}."
    )
