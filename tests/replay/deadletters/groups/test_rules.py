"""Rules of kstory.toml: how they group, and what is refused."""

import time
from pathlib import Path

import pytest

from readers.config_file import Table, read_config
from readers.errors import ConfigError
from replay.deadletters.groups.fingerprint import fingerprint
from replay.deadletters.groups.group import Fingerprint
from replay.deadletters.groups.rules import Rules, rules_of
from replay.deadletters.letter import Failure
from tests.replay.deadletters.groups.handmade import STACK, letter_of


def rules(**values: object) -> Rules:
    return rules_of(Table(Path("kstory.toml"), "dead_letters", values, may_run=True))


def kind(
    given: Rules, exception: str = "com.shop.GatewayTimeout", message: str = "a"
) -> Fingerprint:
    failure = Failure(exception, None, message, STACK)
    return fingerprint(letter_of(failure=failure), given)


def test_without_a_table_nothing_is_configured() -> None:
    assert rules_of(None) == Rules()
    assert rules() == Rules()


def test_a_rule_can_ignore_the_message() -> None:
    given = rules(rules=[{"match": {"exception": "*Timeout"}, "ignore_message": True}])
    assert kind(given, message="a").id == kind(given, message="b").id
    assert kind(given, "com.shop.Other", "a").id != kind(given, "com.shop.Other", "b").id
    assert kind(given).why[2] == (
        "kstory.toml [dead_letters.rules, number 1] says that the message makes no difference."
    )


def test_a_rule_can_say_what_makes_a_kind() -> None:
    made_of = ["{{ exception }}", "at the gateway"]
    given = rules(rules=[{"match": {"message": "*gateway*"}, "fingerprint": made_of}])
    found = kind(given, message="the gateway is down")
    assert found.id == kind(given, message="no gateway").id
    assert (found.exception, found.frame, found.message) == (
        "com.shop.GatewayTimeout",
        None,
        "at the gateway",
    )
    assert found.id != kind(given, "com.shop.Other", "no gateway").id


def test_a_message_in_a_fingerprint_is_masked() -> None:
    given = rules(rules=[{"match": {"topic": "orders"}, "fingerprint": "{{message}} {{topic}}"}])
    assert kind(given, message="order-1 is late").message == "‹*› is late orders"


def test_the_first_rule_that_matches_counts_and_all_of_its_globs_must() -> None:
    given = rules(
        rules=[
            {"match": {"exception": "*Timeout", "topic": "other"}, "fingerprint": "one"},
            {"match": {"consumer_group": "payment-*"}, "fingerprint": "two"},
            {"match": {"framework": "spring"}, "fingerprint": "three"},
        ]
    )
    assert kind(given).message == "two"


def test_the_applications_packages_can_be_named() -> None:
    assert kind(rules(in_app="com.shop.payment.PaymentL")).frame == "PaymentListener.on"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rules": 5}, "[dead_letters] rules: must be tables"),
        ({"rules": ["x"]}, "[dead_letters] rules: must be tables"),
        ({"in_app": [5]}, "[dead_letters] in_app: must be a text"),
        ({"in_app": ""}, "[dead_letters] in_app: an empty text"),
        ({"rules": [{}]}, "[dead_letters.rules, number 1] fingerprint: say either"),
        ({"rules": [{"fingerprint": "x"}]}, "number 1] match: must be a table"),
        ({"rules": [{"matches": 1}]}, "number 1] matches: is unknown"),
        (
            {"rules": [{"match": {"class": "x"}, "ignore_message": True}]},
            "number 1, match] class: is unknown",
        ),
        (
            {"rules": [{"match": {"topic": 5}, "ignore_message": True}]},
            "number 1, match] topic: must be a text",
        ),
        (
            {"rules": [{"match": {"topic": "x"}, "fingerprint": "{{ klass }}"}]},
            "number 1] fingerprint: {{ klass }} is unknown; known are exception, frame",
        ),
        ({"rules": [{"match": {"topic": "x"}, "fingerprint": []}]}, "fingerprint: is empty"),
        (
            {"rules": [{"match": {"topic": "x"}, "fingerprint": "x", "ignore_message": True}]},
            "fingerprint: say either",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_its_place_named(
    values: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError) as error:
        rules(**values)
    assert str(error.value).startswith("kstory.toml: [dead_letters")
    assert said in str(error.value)


@pytest.mark.parametrize("glob", ["*a*a*a*a*a*a*a*a*b", "*" * 50 + "b", "[a]*[a]*[a]*[a]*b"])
def test_no_glob_takes_long_on_any_message(glob: str) -> None:
    given = rules(rules=[{"match": {"message": glob}, "ignore_message": True}])
    started_s = time.process_time()
    assert kind(given, message="a" * 1_000_000).message is not None
    assert time.process_time() - started_s < 0.2


def test_a_file_says_it(tmp_path: Path) -> None:
    written = (
        '[dead_letters]\nin_app = ["com.shop."]\n[[dead_letters.rules]]\n'
        'match = { topic = "orders" }\nignore_message = true\n'
    )
    (tmp_path / "kstory.toml").write_text(written)
    found = rules_of(read_config(tmp_path).dead_letters)
    assert found.in_app == ("com.shop.",)
    assert kind(found).message is None
