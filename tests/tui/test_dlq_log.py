"""What is said of letters, and the log that tells it; nothing of it touches the source."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from readers.profiles import SourceSpec
from tests.tui.failing_shop import LETTERS, ORDERS, Shop, made
from tests.tui.invoked import Invoke


def test_the_log_says_who_did_what_with_which_letter_and_why(invoke: Invoke, shop: Shop) -> None:
    place = f"{LETTERS}:0@0"
    said = invoke("-s", shop.source, "dlq", "ignore", place, "--reason", "a test order", "--json")
    assert said.code == 0
    (entry,) = invoke("-s", shop.source, "dlq", "log", "--json").documents
    assert entry == said.document
    assert (entry["outcome"], entry["letter"], entry["reason"]) == (
        "ignored",
        place,
        "a test order",
    )
    assert entry["origin"] == f"{ORDERS}:0@0"
    assert "@" in entry["who"]
    assert f"ignored      {place}" in invoke("-s", shop.source, "dlq", "log").out


def test_the_log_is_chosen_from_by_letter_origin_plan_and_time(invoke: Invoke, shop: Shop) -> None:
    def count(*options: str) -> int:
        return len(invoke("-s", shop.source, "dlq", "log", "--json", *options).documents)

    for place in (f"{LETTERS}:0@0", f"{LETTERS}:0@1"):
        invoke("-s", shop.source, "dlq", "resolve", place, "--reason", "by hand")
    assert count("--letter", f"{LETTERS}:0@0") == count("--letter", f"{ORDERS}:0@1") == 1
    assert (count(), count("--since", "1h ago")) == (2, 2)
    assert (count("--plan", "none"), count("--since", "2999-01-01")) == (0, 0)


def test_a_whole_group_is_resolved_and_opened_again(invoke: Invoke, shop: Shop) -> None:
    groups = invoke("-s", shop.source, "dlq", "ls", LETTERS, "--json").document["groups"]
    of_group = ("--group", groups[0]["id"], "--reason", "by hand")
    assert len(invoke("-s", shop.source, "dlq", "resolve", *of_group, "--json").documents) == 4
    again = invoke("-s", shop.source, "dlq", "resolve", *of_group)
    assert (again.code, again.out) == (1, "")
    assert invoke("-s", shop.source, "dlq", "reopen", *of_group).code == 0
    fates = invoke("-s", shop.source, "dlq", "ls", LETTERS, "--json").document["groups"][0]["fates"]
    assert (fates["open"], fates["resolved"]) == (3, 0)


def test_edits_are_in_the_log_between_what_else_was_done(
    invoke: Invoke, shop: Shop, tmp_path: Path
) -> None:
    place, value = f"{LETTERS}:1@0", tmp_path / "value.json"
    value.write_bytes(b'{"orderId": "order-1"}')
    invoke("-s", shop.source, "dlq", "ignore", place, "--reason", "x")
    invoke("-s", shop.source, "dlq", "edit", place, "--value-file", value, "--yes")
    invoke("-s", shop.source, "dlq", "edit", place, "--discard", "--yes")
    documents = invoke("-s", shop.source, "dlq", "log", "--json").documents
    assert [each["outcome"] for each in documents] == ["ignored", "edited", "edit-discarded"]
    assert len({tuple(each) for each in documents}) == 1
    assert {len(sha256) for sha256 in documents[1]["edited"].values()} == {64}
    assert documents[0]["edited"] is documents[2]["edited"] is None
    assert f"edited       {place}" in invoke("-s", shop.source, "dlq", "log").out


def test_what_was_sent_says_with_which_edit_and_by_which_plan_of_which_cluster(
    invoke: Invoke, tmp_path: Path
) -> None:
    file = str(tmp_path / "shop.kstory")  # of its own: it is written to
    shop = made(SourceSpec("recording", file, allow_writes=True))
    place, value = f"{LETTERS}:1@0", tmp_path / "value.json"
    value.write_bytes(b'{"orderId": "order-1"}')
    invoke("-s", shop.source, "dlq", "edit", place, "--value-file", value, "--yes")
    plan = invoke("-s", shop.source, "dlq", "republish", place, "--json", "--force").document
    go = ("--apply", plan["plan"]["id"], "--allow-writes", "--reason", "x", "--canary-wait", "0")
    applied = invoke("-s", shop.source, "dlq", "republish", *go, "--json").document
    edited, sent = invoke("-s", shop.source, "dlq", "log", "--json").documents
    assert sent == applied["letters"][0]
    assert (sent["plan_sha256"], sent["edited"]) == (plan["sha256"], edited["edited"])
    assert sent["cluster"] == edited["cluster"] == plan["plan"]["cluster_id"]
    begin = plan["plan"]["id"][:20]
    assert invoke("-s", shop.source, "dlq", "log", "--plan", begin, "--json").document == sent


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (["--reason", "x"], 2, "Name letters by their positions, or a group"),
        ([f"{LETTERS}:0@0", "--group", "a", "--reason", "x"], 2, "one of both"),
        ([f"{LETTERS}:0@0"], 2, "--reason"),
        ([f"{LETTERS}:0@0", "--reason", " "], 2, "--reason is empty"),
        ([f"{LETTERS}:0@0", f"{LETTERS}:0@77", "--reason", "x"], 1, "There is no record"),
        ([f"{ORDERS}:0@0", "--reason", "x"], 1, "is no dead letter"),
    ],
)
def test_what_cannot_be_noted_is_refused_and_nothing_is_noted(
    invoke: Invoke, shop: Shop, line: list[str], code: int, said: str
) -> None:
    result = invoke("-s", shop.source, "dlq", "ignore", *line)
    assert (result.code, said in result.err) == (code, True)
    assert invoke("-s", shop.source, "dlq", "log").code == 1


def test_a_ledger_that_cannot_be_used_is_said_in_a_sentence(
    invoke: Invoke, shop: Shop, tmp_path: Path
) -> None:
    line = ("-s", shop.source, "dlq", "ignore", f"{LETTERS}:0@0", "--reason", "x")
    invoke(*line)
    (ledger,) = (tmp_path / "data" / "kstory" / "ledgers").glob("*.ledger")
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("PRAGMA user_version = 99")
    result = invoke(*line)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "a newer kstory wrote it" in result.err


def test_the_ledger_of_a_demo_that_is_not_kept_goes_with_it(invoke: Invoke, tmp_path: Path) -> None:
    group = invoke("dlq", "ls", "--json").document["groups"][0]["sample"]
    assert invoke("dlq", "ignore", group, "--reason", "x").code == 0
    assert not (tmp_path / "data").exists()
