"""Letters counted in one pass: the same as counting them plainly, and bounded."""

from collections import Counter, defaultdict
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from readers.record import Position
from replay.deadletters.fate import OPEN, Fate, Outcome
from replay.deadletters.groups.fingerprint import fingerprint
from replay.deadletters.groups.group import Group
from replay.deadletters.groups.grouping import OTHERS, Grouping, Limits
from replay.deadletters.letter import DeadLetter, Failure, Origin
from replay.deadletters.provenance import Provenance
from tests.fakes import START_MS, record_of
from tests.replay.deadletters.groups.handmade import letter_of

LATE, REFUSED = Failure("com.shop.Late", message="late"), Failure("com.shop.Refused", message="no")


def grouped(letters: list[DeadLetter], limits: Limits = Limits()) -> tuple[Group, ...]:  # noqa: B008 - frozen
    grouping = Grouping(limits=limits)
    for letter in letters:
        grouping.add(letter)
    return grouping.groups()


letters = st.builds(
    letter_of,
    offset=st.integers(0, 10**6),
    failure=st.sampled_from([LATE, REFUSED, Failure()]),
    topic=st.sampled_from(["orders-dlt", "payments-dlt"]),
    origin=st.builds(Origin, st.sampled_from(["orders", None]), st.just(0), st.integers(0, 5)),
    timestamp_ms=st.none() | st.integers(0, 10**12),
    key=st.sampled_from([None, b"", b"order-1", b"order-2"]),
)


def plainly(letters: list[DeadLetter]) -> dict[str, tuple[object, ...]]:
    """For each group: letters, copies, keys, first, last, topics, and where they lie."""
    by_kind: dict[str, list[DeadLetter]] = defaultdict(list)
    for letter in letters:
        by_kind[fingerprint(letter).id].append(letter)
    return {kind: _plain(found) for kind, found in by_kind.items()}


def _plain(found: list[DeadLetter]) -> tuple[object, ...]:
    first_of = {}
    for letter in found:
        first_of.setdefault(letter.origin.position or letter.position, letter)
    times = [t for letter in found if (t := letter.record.timestamp_ms) is not None]
    keys = {letter.key for letter in first_of.values()} - {None}
    timed = sum(letter.record.timestamp_ms is not None for letter in first_of.values())
    topics = tuple(sorted({letter.record.topic for letter in found}))
    ends = (min(times, default=None), max(times, default=None))
    where = [letter.position for letter in found]
    return len(first_of), len(found) - len(first_of), len(keys), ends, timed, topics, where


@given(st.lists(letters, max_size=40))
def test_one_pass_counts_what_a_plain_count_does(letters: list[DeadLetter]) -> None:
    grouping = Grouping()
    for letter in letters:
        grouping.add(letter)
    found = {
        group.fingerprint.id: (
            group.count, group.copies, group.keys, (group.first_ms, group.last_ms),
            sum(group.rate), group.topics, list(grouping.positions(group.fingerprint.id)),
        )
        for group in grouping.groups()
    }  # fmt: skip
    assert found == plainly(letters)
    assert grouping.total == len(letters)
    assert grouping.origins == len({each.origin.position or each.position for each in letters})


def test_one_record_that_failed_in_two_ways_is_two_letters_of_one_origin() -> None:
    grouping, same = Grouping(), Origin("orders", 0, 77)
    for offset, failure in enumerate((LATE, REFUSED, LATE, REFUSED)):
        grouping.add(letter_of(offset, failure, origin=same))
    assert [(group.count, group.copies) for group in grouping.groups()] == [(1, 1), (1, 1)]
    assert (grouping.total, grouping.origins) == (4, 1)


def test_the_largest_group_comes_first_and_its_sample_is_the_newest() -> None:
    first, second = grouped(
        [
            letter_of(1, REFUSED),
            letter_of(2, LATE),
            letter_of(3, LATE, timestamp_ms=START_MS + 9),
            letter_of(4, LATE, timestamp_ms=START_MS + 5),
        ]
    )
    assert (first.fingerprint.exception, first.count) == ("com.shop.Late", 3)
    assert first.sample == Position("orders-dlt", 0, 3)
    assert (second.fingerprint.exception, second.count) == ("com.shop.Refused", 1)
    assert (first.topics, first.origins, first.consumer_groups) == (
        ("orders-dlt",),
        ("orders",),
        ("payment-service",),
    )


def test_letters_that_say_nothing_are_undecided() -> None:
    grouping = Grouping()
    for letter in (letter_of(1, LATE), letter_of(2, Failure()), letter_of(3, Failure())):
        grouping.add(letter)
    assert (grouping.total, grouping.undecided) == (3, 2)


def test_outcomes_are_counted_once_for_letters_of_one_origin() -> None:
    fates = {
        Position("orders-dlt", 0, 1): Fate(Outcome.REPUBLISHED),
        Position("orders-dlt", 0, 3): Fate(Outcome.CAME_BACK),
        Position("orders-dlt", 0, 4): Fate(Outcome.RESOLVED),
    }
    grouping = Grouping(fate_of=lambda letter: fates.get(letter.position, OPEN))
    same = Origin("orders", 0, 77)
    for offset in (1, 2, 3):
        grouping.add(letter_of(offset, LATE, origin=same))
    for offset in (4, 5):
        grouping.add(letter_of(offset, LATE))
    (group,) = grouping.groups()
    assert (group.count, group.copies) == (3, 2)
    assert group.fates == {Outcome.CAME_BACK: 1, Outcome.RESOLVED: 1, Outcome.OPEN: 1}


def test_a_letter_that_was_sent_back_before_came_back() -> None:
    sent = Provenance("plan", 0, Position("orders-dlt", 0, 1), None, 1, START_MS)
    record = record_of("orders-dlt", 0, 2, headers=sent.headers())
    (group,) = grouped([letter_of(1, LATE), letter_of(2, LATE, record=record)])
    assert (group.count, group.came_back) == (2, 1)


def test_aggregates_are_keys_unless_said_otherwise() -> None:
    letters = [letter_of(n, LATE, key=b"order-%d" % (n % 3)) for n in range(9)]
    assert grouped(letters)[0].aggregates == 3
    grouping = Grouping(aggregate_of=lambda letter: str(letter.position.offset % 2))
    for letter in letters:
        grouping.add(letter)
    assert (grouping.groups()[0].keys, grouping.groups()[0].aggregates) == (3, 2)


def test_kinds_beyond_the_limit_are_one_group() -> None:
    letters = [letter_of(n, Failure(f"com.shop.E{n % 5}")) for n in range(20)]
    groups = grouped(letters, Limits(groups=2))
    assert Counter({g.fingerprint.exception: g.count for g in groups}) == {
        None: 12, "com.shop.E0": 4, "com.shop.E1": 4,
    }  # fmt: skip
    assert groups[0].fingerprint == OTHERS


def test_beyond_the_limits_counts_are_said_to_be_at_least_so_many() -> None:
    letters = [letter_of(n, LATE, key=b"%d" % n) for n in range(10)]
    assert not grouped(letters)[0].at_least
    few_keys = grouped(letters, Limits(keys=4))[0]
    assert (few_keys.keys, few_keys.count, few_keys.at_least) == (4, 10, True)
    assert grouped(letters, Limits(origins=4))[0].at_least


def test_positions_beyond_the_limit_are_counted() -> None:
    grouping = Grouping(limits=Limits(positions=3))
    kinds = [grouping.add(letter_of(n, LATE)) for n in range(5)]
    assert (len(grouping.positions(kinds[0].id)), grouping.unlisted) == (3, 2)
    assert grouping.positions("unknown") == ()


def test_a_letter_without_origin_is_one_of_its_own() -> None:
    letters = [
        replace(letter_of(n, LATE), hops=letter_of(n, LATE, origin=Origin()).hops) for n in (1, 2)
    ]
    assert grouped(letters)[0].count == 2


def test_outcomes_beyond_the_limit_are_said_to_be_at_least_so_many() -> None:
    resolved = Fate(Outcome.RESOLVED)
    grouping = Grouping(fate_of=lambda _: resolved, limits=Limits(origins=2))
    for offset in range(5):
        grouping.add(letter_of(offset, LATE))
    (group,) = grouping.groups()
    assert (group.fates[Outcome.RESOLVED], group.at_least) == (2, True)
