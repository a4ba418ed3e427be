"""`kstory dlq ls`: kinds of failures, and the letters of one, on a recording and on a cluster."""

from pathlib import Path

from tests.tui.failing_shop import BROKEN, LETTERS, ORDERS, TIMEOUT, Shop
from tests.tui.invoked import Invoke


def test_letters_are_grouped_by_why_they_failed(invoke: Invoke, shop: Shop) -> None:
    result = invoke("-s", shop.source, "dlq", "ls", LETTERS, "--json")
    document = result.document
    first, second = document["groups"]
    assert (first["exception"], first["frame"]) == (TIMEOUT, "PaymentClient.charge")
    assert (first["count"], first["copies"], first["keys"]) == (3, 1, 3)
    assert (first["topics"], first["origins"]) == ([LETTERS], [ORDERS])
    assert first["consumer_groups"] == ["payments"]
    assert first["first"] == "2026-11-23T12:01:00.000Z"
    assert first["last"] == "2026-11-23T12:01:03.000Z"
    assert (second["exception"], second["count"]) == (BROKEN, 1)
    assert (document["total"], document["undecided"], result.code) == (5, 0, 0)


def test_dlq_alone_lists_the_kinds_of_all_topics_with_letters(invoke: Invoke, shop: Shop) -> None:
    alone = invoke("dlq", "-s", shop.source)
    assert "GatewayTimeoutException  at PaymentClient.charge" in alone.out
    assert LETTERS in alone.out.splitlines()[-1]
    assert alone.code == 0


def test_one_group_is_listed_letter_by_letter(invoke: Invoke, shop: Shop) -> None:
    groups = invoke("-s", shop.source, "dlq", "ls", LETTERS, "--json").document["groups"]
    begin = groups[1]["id"][:6]
    (letter,) = invoke(
        "-s", shop.source, "dlq", "ls", LETTERS, "--group", begin, "--json"
    ).documents
    assert (letter["key"], letter["group"]) == ("order-1", groups[1]["id"])
    text = invoke("-s", shop.source, "dlq", "ls", LETTERS, "--group", begin).out
    assert "BrokenOrderException: amount is missing" in text


def test_a_groups_letters_are_exported_as_import_reads_them(
    invoke: Invoke, shop: Shop, tmp_path: Path
) -> None:
    line = ("-s", shop.source, "dlq", "ls", LETTERS)
    groups = invoke(*line, "--json").document["groups"]
    exported, copy = tmp_path / "letters.jsonl", tmp_path / "copy.kstory"
    result = invoke(*line, "--group", groups[0]["id"], "--raw")
    exported.write_text(result.out)
    assert [document["offset"] for document in result.documents] == [0, 1, 2, 3]
    assert ["kafka_dlt-original-partition", "\0\0\0\0"] in result.documents[0]["headers"]
    assert invoke("import", exported, "--to", copy, "--allow-writes").code == 0
    assert invoke("-s", copy, "dlq", "ls", "--json").document["total"] == 4
    assert invoke(*line, "--raw").code == 2


def test_the_beginning_of_two_ids_is_no_group(invoke: Invoke, shop: Shop) -> None:
    result = invoke("-s", shop.source, "dlq", "ls", LETTERS, "--group", "")
    assert "Several groups begin with" in result.err
    assert (result.code, result.out) == (2, "")


def test_letters_are_chosen_by_time_key_condition_and_outcome(invoke: Invoke, shop: Shop) -> None:
    def total(*options: str) -> int:
        return invoke("-s", shop.source, "dlq", "ls", LETTERS, "--json", *options).document["total"]

    assert total("--from", "2026-11-23T12:01:02Z") == 3
    assert total("--until", "2026-11-23T12:01:02Z") == 2
    assert total("--key", "order-2") == 2
    assert total("--where", "value.amount > 1") == 3
    assert total("--outcome", "open") == 5
    assert total("--outcome", "ignored") == 0


def test_what_the_ledger_says_shows_in_the_groups(invoke: Invoke, shop: Shop) -> None:
    invoke("-s", shop.source, "dlq", "resolve", f"{LETTERS}:0@1", "--reason", "paid by hand")
    group = invoke("-s", shop.source, "dlq", "ls", LETTERS, "--json").document["groups"][0]
    assert (group["fates"]["resolved"], group["fates"]["open"]) == (1, 2)
    assert "1 resolved" in invoke("-s", shop.source, "dlq", "ls", LETTERS).out


def test_nothing_found_is_the_answer_no(invoke: Invoke, shop: Shop) -> None:
    result = invoke("-s", shop.source, "dlq", "ls", LETTERS, "--key", "nobody", "--json")
    assert (result.document["groups"], result.document["total"]) == ([], 0)
    assert f"There is no such dead letter in {LETTERS}; 5 offsets were searched." in result.err
    assert result.code == 1


def test_a_topic_that_does_not_exist_is_refused(invoke: Invoke, shop: Shop) -> None:
    assert invoke("-s", shop.source, "dlq", "ls", "nosuch").code == 3


def test_looking_leaves_no_ledger_behind(invoke: Invoke, shop: Shop, tmp_path: Path) -> None:
    invoke("-s", shop.source, "dlq", "ls", LETTERS)
    assert not (tmp_path / "data").exists()
