"""Equal states have equal hashes, and others have others."""

import hashlib

from replay.states.fingerprint import state_sha256


def test_the_order_of_members_is_none_of_a_state() -> None:
    assert state_sha256({"b": [1], "a": {"d": 2, "c": 3}}) == state_sha256(
        {"a": {"c": 3, "d": 2}, "b": [1]}
    )


def test_it_is_that_of_the_canonical_json() -> None:
    text = '{"a":null,"b":[1,2.5,"ü"]}'
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert state_sha256({"b": [1, 2.5, "ü"], "a": None}) == expected


def test_another_value_has_another() -> None:
    assert len({state_sha256(value) for value in (None, 0, 0.0, "", [], {}, "0", [0])}) == 8
