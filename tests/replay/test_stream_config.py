"""`[streams.NAME]` of a kstory.toml says what a guess cannot know."""

import re

import pytest

from readers.errors import ConfigError
from readers.trust import trust
from replay.locator import Locator
from replay.stream_config import streams_of
from replay.streams import DEFAULT_EVENT_ID, DEFAULT_GAP_MS, DEFAULT_TYPE, Stream
from tests.configured import Folders

TOPICS = ("order-events", "order-events-dlt", "payment-events", "users")


def streams(folders: Folders, text: str, topics: tuple[str, ...] = TOPICS) -> tuple[Stream, ...]:
    folders.write(text)
    return streams_of(folders.read().streams, topics)


def refusal(folders: Folders, text: str) -> str:
    with pytest.raises(ConfigError) as error:
        streams(folders, text)
    return str(error.value)


def test_a_table_with_topics_alone_keeps_the_defaults(folders: Folders) -> None:
    orders, *_ = streams(folders, '[streams.orders]\ntopics = "order-events"')
    assert orders == Stream("orders", ("order-events",), ("order-events-dlt",), guessed=False)
    assert (orders.event_type, orders.event_id) == (DEFAULT_TYPE, DEFAULT_EVENT_ID)
    assert (orders.gap_ms, orders.time, orders.reducer) == (DEFAULT_GAP_MS, None, None)


def test_everything_a_table_says_counts(folders: Folders) -> None:
    orders, *_ = streams(
        folders,
        """
[streams.orders]
topics = ["order-events", "users"]
dead_letters = ["graveyard"]
id = ["header:orderId", "value.order.id"]
type = "value.kind"
event_id = "header:eid"
time = "value.at"
reducer = "order"
reducer_timeout_ms = 1000
reducer_memory_mb = 4096
gap_s = 0.5
step_gaps_s = { "A>B" = 5, "B > C" = 0.25 }
""",
    )
    assert orders == Stream(
        "orders",
        ("order-events", "users"),
        ("graveyard",),
        (Locator("header", ("orderId",)), Locator("value", ("order", "id"))),
        (Locator("value", ("kind",)),),
        (Locator("header", ("eid",)),),
        Locator("value", ("at",)),
        reducer="order",
        reducer_timeout_ms=1000,
        reducer_memory_mb=4096,
        gap_ms=500,
        step_gaps_ms={("A", "B"): 5000, ("B", "C"): 250},
        guessed=False,
    )


def test_topics_that_no_table_names_are_guessed(folders: Folders) -> None:
    found = streams(folders, '[streams.orders]\ntopics = "order-events"')
    assert [(s.name, s.guessed) for s in found] == [
        ("orders", False), ("payment-events", True), ("users", True),
    ]  # fmt: skip


def test_a_stream_may_say_that_it_has_no_letters(folders: Folders) -> None:
    orders, *_ = streams(folders, '[streams.o]\ntopics = "order-events"\ndead_letters = []')
    assert orders.dead_letters == ()


def test_topics_may_come_from_the_environment(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "prod")
    orders, *_ = streams(folders, '[streams.o]\ntopics = ["${STAGE}-orders"]')
    assert orders.topics == ("prod-orders",)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('topcs = "a"', "[streams.o] topcs: is unknown; known are dead_letters, event_id"),
        ("topics = []", "[streams.o] topics: is missing; name one topic or more."),
        ("topics = 5", "[streams.o] topics: must be a text, or a list of texts."),
        ('id = "where"', "[streams.o] id: 'where' names no place in a record"),
        ("gap_s = -1", "[streams.o] gap_s: must be a number from zero to 1e12."),
        ("gap_s = true", "[streams.o] gap_s: must be a number"),
        ("gap_s = nan", "[streams.o] gap_s: must be a number"),
        ("gap_s = inf", "[streams.o] gap_s: must be a number"),
        ("step_gaps_s = 5", "[streams.o] step_gaps_s: must be a table"),
        ('step_gaps_s = { "A" = 5 }', '[streams.o] step_gaps_s: A: write "TYPE>TYPE" = seconds.'),
        ('step_gaps_s = { "A>B" = "5" }', "[streams.o] step_gaps_s: A>B: write"),
        ('step_gaps_s = { "A>B" = nan }', "[streams.o] step_gaps_s: A>B: write"),
        ('step_gaps_s = { "A>B" = -1 }', "[streams.o] step_gaps_s: A>B: write"),
        ("reducer = 5", "[streams.o] reducer: must be a text in quotes."),
    ],
)
def test_what_cannot_be_names_file_table_and_key(folders: Folders, line: str, says: str) -> None:
    topics = "" if line.startswith("topics") else 'topics = "order-events"\n'
    told = refusal(folders, f"[streams.o]\n{topics}{line}")
    assert told.startswith(str(folders.here / "kstory.toml"))
    assert re.search(re.escape(says), told)


def test_a_reducers_file_is_not_run_until_the_folder_is_trusted(folders: Folders) -> None:
    text = '[streams.o]\ntopics = "users"\nreducer = "r.py:fold"'
    orders, *_ = streams(folders, text)
    assert orders.reducer_refused is not None
    assert "[streams.o] reducer: names code" in orders.reducer_refused
    path = folders.here / "kstory.toml"
    trust(path, path.read_bytes())
    orders, *_ = streams(folders, text)
    assert (orders.reducer, orders.reducer_refused) == (f"{folders.here}/r.py:fold", None)


def test_a_reducers_file_may_lie_in_the_home_folder(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    orders, *_ = streams(folders, '[streams.o]\ntopics = "users"\nreducer = "~/r.py"')
    assert orders.reducer == "/home/me/r.py"


def test_the_users_own_file_may_name_code(folders: Folders) -> None:
    folders.write('[streams.o]\ntopics = "users"\nreducer = "r.py"', own=True)
    orders, *_ = streams_of(folders.read().streams, TOPICS)
    assert (orders.reducer, orders.reducer_refused) == (f"{folders.own}/r.py", None)


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("reducer_timeout_ms = 0", "reducer_timeout_ms: must be 1 or more."),
        ("reducer_timeout_ms = -5", "reducer_timeout_ms: must be a number from zero"),
        ("reducer_memory_mb = 255", "reducer_memory_mb: must be 256 or more."),
        ('reducer_memory_mb = "1 GB"', "reducer_memory_mb: must be a number"),
    ],
)
def test_limits_that_cannot_be_are_refused(folders: Folders, said: str, refused: str) -> None:
    assert refused in refusal(folders, f'[streams.a]\ntopics = "users"\n{said}')
