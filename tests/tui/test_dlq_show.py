"""`kstory dlq show`: one letter, its original and its aggregate, on a recording and a cluster."""

import pytest

from tests.tui.failing_shop import LETTERS, ORDERS, TIMEOUT, Shop
from tests.tui.invoked import Invoke


def test_a_letter_has_the_contracts_fields(invoke: Invoke, shop: Shop) -> None:
    letter = invoke("-s", shop.source, "dlq", "show", f"{LETTERS}:0@1", "--json").document
    assert (letter["topic"], letter["partition"], letter["offset"]) == (LETTERS, 0, 1)
    assert (letter["framework"], letter["confidence"]) == ("spring", "sure")
    assert letter["origin"] == {
        "topic": ORDERS, "partition": 0, "offset": 1, "timestamp": None
    }  # fmt: skip
    assert (letter["consumer_group"], letter["exception"]) == ("payments", TIMEOUT)
    assert letter["message"] == "no answer in 2013 ms (order-2)"
    assert letter["stack"].endswith("(PaymentClient.java:88)")
    assert [hop["origin"]["offset"] for hop in letter["hops"]] == [1]
    assert (letter["attempts"], letter["fate"], letter["mended"]) == (None, "open", None)
    assert (letter["key"], letter["value"]) == ("order-2", {"orderId": "order-2", "amount": 2})
    assert letter["state"]["aggregate"] == "order-2"


def test_the_original_comes_with_its_neighbours(invoke: Invoke, shop: Shop) -> None:
    line = ("-s", shop.source, "dlq", "show", f"{LETTERS}:0@1")
    letter = invoke(*line, "--neighbours", "1", "--json").document
    assert (letter["original"]["topic"], letter["original"]["offset"]) == (ORDERS, 1)
    assert [record["key"] for record in letter["neighbours"]] == ["order-0", "order-4"]
    text = invoke(*line, "--original").out
    assert "= value as in the letter" in text


def test_the_text_says_why_what_and_what_became_of_it(invoke: Invoke, shop: Shop) -> None:
    place = f"{LETTERS}:1@0"
    invoke("-s", shop.source, "dlq", "ignore", place, "--reason", "a test order")
    result = invoke("-s", shop.source, "dlq", "show", place)
    for said in (
        "cause     com.shop.BrokenOrderException: amount is missing",
        "The exception's class is com.shop.BrokenOrderException.",
        "PaymentClient.charge is the application's frame nearest to where the cause was thrown.",
        "ignored at",
        '"orderId": "order-1"',
        "eventType: OrderCreated",
        "and 7 of spring, which never go back",
        "at com.shop.PaymentClient.charge(PaymentClient.java:88)",
        "reason a test order",
    ):
        assert said in result.out
    assert result.code == 0


@pytest.mark.parametrize(
    ("position", "code", "said"),
    [
        (f"{LETTERS}:0@99", 1, "There is no record at"),
        (f"{LETTERS}:7@0", 1, "There is no record at"),
        (f"{ORDERS}:0@0", 1, "is no dead letter"),
        ("nosuch:0@0", 3, "There is no topic"),
        ("payments", 2, "is not a position"),
    ],
)
def test_what_is_no_letter_is_said_in_a_sentence(
    invoke: Invoke, shop: Shop, position: str, code: int, said: str
) -> None:
    result = invoke("-s", shop.source, "dlq", "show", position)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
