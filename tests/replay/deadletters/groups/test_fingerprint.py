"""What makes two letters failures of one kind."""

from dataclasses import replace

from replay.deadletters.groups.fingerprint import fingerprint, is_undecided
from replay.deadletters.groups.stack_trace import MAX_CHARS
from replay.deadletters.letter import Failure, Hop
from replay.deadletters.reading import read_letter
from tests.corpus_records import corpus
from tests.replay.deadletters.groups.handmade import NO_ANSWER, STACK, letter_of


def id_of(failure: Failure) -> str:
    return fingerprint(letter_of(failure=failure)).id


def test_it_is_made_of_the_cause_the_frame_and_the_masked_message() -> None:
    failure = Failure("org.springframework.Wrapped", "com.shop.Late", "order-1 is late", STACK)
    kind = fingerprint(letter_of(failure=failure))
    assert (kind.exception, kind.frame, kind.message) == (
        "com.shop.Late",
        "PaymentClient.charge",
        "‹*› is late",
    )
    assert kind.why == (
        "The class of the cause is com.shop.Late; org.springframework.Wrapped is around it.",
        "PaymentClient.charge is the application's frame nearest to where the cause was thrown.",
        "The message, its variable parts masked.",
    )


def test_ids_do_not_change_from_version_to_version() -> None:
    assert id_of(NO_ANSWER) == "d36884cb04df"
    assert fingerprint(letter_of(failure=NO_ANSWER)).version == 1


def test_ids_lines_and_numbers_make_no_difference() -> None:
    later = replace(NO_ANSWER, stack=STACK.replace("4711", "4712").replace(":88", ":91"))
    assert id_of(replace(later, message="no answer")) == id_of(NO_ANSWER)


def test_another_cause_frame_or_message_is_another_kind() -> None:
    others = (
        replace(NO_ANSWER, cause="com.shop.Other"),
        replace(NO_ANSWER, stack=STACK.replace("charge", "refund")),
        replace(NO_ANSWER, message="refused"),
        replace(NO_ANSWER, stack=None),
        replace(NO_ANSWER, message=None),
    )
    assert len({id_of(failure) for failure in (NO_ANSWER, *others)}) == 6


def test_without_a_stack_class_and_message_remain() -> None:
    kind = fingerprint(letter_of(failure=Failure("X", message="boom 5")))
    assert (kind.exception, kind.frame, kind.message) == ("X", None, "boom ‹*›")
    assert kind.why[1] == "It has no stack."


def test_a_letter_that_tells_nothing_is_undecided_and_kept_apart_by_where_it_failed() -> None:
    one = fingerprint(letter_of(failure=Failure()))
    other = fingerprint(letter_of(failure=Failure(), framework=None))
    assert is_undecided(one)
    assert is_undecided(other)
    assert one.id != other.id
    assert one.why == (
        "Nothing in it says why it failed; it is a letter of spring that came from orders.",
    )


def test_the_latest_hop_that_tells_a_failure_counts() -> None:
    letter = letter_of(failure=NO_ANSWER)
    first = Hop(failure=Failure("com.shop.First"))
    assert fingerprint(replace(letter, hops=(first, letter.hops[0], Hop()))) == fingerprint(letter)


def test_a_stack_that_is_not_looked_at_as_a_whole_is_said() -> None:
    failure = replace(NO_ANSWER, stack=STACK + "x" * MAX_CHARS)
    assert "Only the first and last 64 kB" in fingerprint(letter_of(failure=failure)).why[1]


def test_real_letters_of_one_failure_are_of_one_kind() -> None:
    letters = [read_letter(r) for name in ("spring", "connect", "streams") for r in corpus(name)]
    kinds = {fingerprint(letter) for letter in letters if letter.framework is not None}
    assert len(kinds) == 16
    assert {"Dlt$L.rt", "Dlt$L.reserve", "S.main", "S$JsonSerde.deserializer"} <= {
        kind.frame for kind in kinds
    }
