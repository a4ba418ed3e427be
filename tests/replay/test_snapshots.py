"""States are kept within a budget: densely near the cursor, thinly far from it."""

import tracemalloc
from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay.snapshots import Snapshots

SIZE = 900


def state(n: int) -> bytes:
    return b"%d" % n + b" " * (SIZE - len(b"%d" % n))


def kept_at(snapshots: Snapshots, last: int) -> list[int]:
    return sorted({snapshots.before(n)[0] for n in range(last + 1)})


def filled(count: int, room: int) -> Snapshots:
    snapshots = Snapshots(state(0), room * 1000)
    for n in range(1, count + 1):
        snapshots.keep(n, state(n))
    return snapshots


@given(
    st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=100),
    st.sampled_from([0, 5_000, 1 << 20]),
)
def test_what_is_kept_is_what_was_given(walk: list[tuple[int, bool]], budget_bytes: int) -> None:
    snapshots = Snapshots(state(0), budget_bytes)
    for n, forget in walk:
        if forget and n:
            snapshots.forget_from(n)
            assert snapshots.before(500)[0] < n
        else:
            snapshots.keep(n, state(n))
            assert snapshots.before(n) == (n, state(n))
    at = kept_at(snapshots, 200)
    assert at[0] == 0
    assert all(snapshots.before(n) == (n, state(n)) for n in at)
    assert len(snapshots) == len(at)
    assert snapshots.size_bytes == sum(len(state(n)) + 100 for n in at)
    assert snapshots.size_bytes <= max(budget_bytes, 3 * 1000)


def test_gaps_are_narrow_near_the_end_and_never_wide() -> None:
    at = kept_at(filled(10_000, room=100), 10_000)
    gaps = [after - before for before, after in pairwise(at)]
    even = 10_000 / 100
    assert len(at) <= 100
    assert max(gaps) <= 8 * even
    assert max(gaps[-8:]) <= even / 2


def test_gaps_are_narrow_where_the_cursor_was_moved() -> None:
    snapshots = filled(10_000, room=100)
    for n in range(3_000, 3_100):
        snapshots.keep(n, state(n))
    near = [n for n in kept_at(snapshots, 10_000) if 2_900 < n <= 3_100]
    assert len(near) >= 10
    assert max(b - a for a, b in pairwise(kept_at(snapshots, 10_000))) <= 1_000


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_the_first_and_the_last_stay_whatever_the_budget(count: int) -> None:
    at = kept_at(filled(count, room=0), count)
    assert (at[0], at[-1]) == (0, count)
    assert len(at) <= 3


def test_a_copy_changes_apart() -> None:
    snapshots = filled(10, room=100)
    copied = snapshots.copy()
    copied.forget_from(5)
    assert (len(copied), len(snapshots)) == (5, 11)
    assert copied.before(9) == (4, state(4))


def test_a_kept_state_takes_no_more_memory_than_is_counted() -> None:
    snapshots = Snapshots(b"null")
    tracemalloc.start()
    for n in range(1, 2_001):
        snapshots.keep(n, orjson.dumps({"n": n}))
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken <= snapshots.size_bytes * 1.3
