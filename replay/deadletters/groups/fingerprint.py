"""What makes dead letters failures of one kind: cause, place in the application, and message."""

import json
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from replay.deadletters.groups.group import Fingerprint
from replay.deadletters.groups.masking import masked
from replay.deadletters.groups.rules import DEFAULT_RULES, Rule, Rules, Told
from replay.deadletters.groups.stack_trace import MAX_CHARS, top_frame
from replay.deadletters.letter import DeadLetter, Failure, Hop

VERSION = 1
"""To be raised when the same letter gets another fingerprint than before."""
_ID_BYTES = 6
_MAX_NAME = 500
_KEPT = 4_096
_NOTHING = Failure()


class _Facts(NamedTuple):
    """What a fingerprint and its reasons are made of; letters of one kind mostly share it.

    Attributes:
        thrown: the exception's class, `exception` being the cause's.
        message: masked.
        is_cut: not all of the stack was looked at; None where there is no stack.
    """

    exception: str | None
    thrown: str | None
    frame: str | None
    message: str | None
    is_cut: bool | None


def fingerprint(letter: DeadLetter, rules: Rules = DEFAULT_RULES) -> Fingerprint:
    """The kind of failure that the latest of a letter's failures is."""
    hop = _telling(letter)
    facts = _facts(hop.failure, rules)
    rule = None
    if rules.rules:
        told = _told(letter, hop, facts)
        rule = rules.rule_for(told)
        if rule is not None and rule.fingerprint is not None:
            return _ruled(rule, told, facts.message)
    if rule is not None:
        facts = facts._replace(message=None)
    if facts.exception is None and facts.frame is None and facts.message is None:
        return _undecided(letter.framework, _topic(letter))
    return _of_kind(facts, None if rule is None else rule.where)


def is_undecided(kind: Fingerprint) -> bool:
    """Whether nothing told why the letters of a kind failed."""
    return kind.exception is None and kind.frame is None and kind.message is None


def _telling(letter: DeadLetter) -> Hop:
    """The latest hop that says why it failed; the latest where none does."""
    if letter.last.failure != _NOTHING:
        return letter.last
    telling = (hop for hop in reversed(letter.hops) if hop.failure != _NOTHING)
    return next(telling, letter.last)


def _facts(failure: Failure, rules: Rules) -> _Facts:
    stack = failure.stack
    frame = None if stack is None else top_frame(stack, rules.in_app)
    return _Facts(
        exception=_name(failure.cause or failure.exception),
        thrown=_name(failure.exception),
        frame=None if frame is None else frame.short,
        message=masked(failure.message) if failure.message else None,
        is_cut=None if stack is None else len(stack) > MAX_CHARS,
    )


def _told(letter: DeadLetter, hop: Hop, facts: _Facts) -> Told:
    return Told(
        exception=facts.exception,
        frame=facts.frame,
        message=hop.failure.message,
        topic=_topic(letter),
        consumer_group=hop.consumer_group,
        framework=letter.framework,
    )


def _topic(letter: DeadLetter) -> str:
    return _name(letter.origin.topic) or letter.record.topic


def _name(text: str | None) -> str | None:
    return text[:_MAX_NAME] if text else None


@lru_cache(maxsize=_KEPT)
def _of_kind(facts: _Facts, ruled_by: str | None) -> Fingerprint:
    exception, _, frame, message, _ = facts
    why = (
        _why_exception(exception, facts.thrown),
        _why_frame(frame, facts.is_cut),
        _why_message(message, ruled_by),
    )
    made_of = _id("failure", exception, frame, message)
    return Fingerprint(made_of, VERSION, exception, frame, message, why)


def _why_exception(exception: str | None, thrown: str | None) -> str:
    if exception is None:
        return "No exception's class is told."
    if thrown is None or thrown == exception:
        return f"The exception's class is {exception}."
    return f"The class of the cause is {exception}; {thrown} is around it."


def _why_frame(frame: str | None, is_cut: bool | None) -> str:
    if is_cut is None:
        return "It has no stack."
    half_kb = MAX_CHARS // 2048
    cut = f" Only the first and last {half_kb} kB of its stack were looked at." if is_cut else ""
    if frame is None:
        return f"No frame of its stack is known to be the application's.{cut}"
    return f"{frame} is the application's frame nearest to where the cause was thrown.{cut}"


def _why_message(message: str | None, ruled_by: str | None) -> str:
    if ruled_by is not None:
        return f"{ruled_by} says that the message makes no difference."
    return "It has no message." if message is None else "The message, its variable parts masked."


@lru_cache(maxsize=_KEPT)
def _undecided(framework: str | None, topic: str) -> Fingerprint:
    who = framework or "a framework that is not known"
    why = f"Nothing in it says why it failed; it is a letter of {who} that came from {topic}."
    return Fingerprint(_id("undecided", framework, topic), VERSION, None, None, None, (why,))


def _ruled(rule: Rule, told: Told, message: str | None) -> Fingerprint:
    """What the rule's own fingerprint makes of a letter: only what it names is in it."""
    names = set(rule.names())
    parts = rule.parts(told, message)
    texts = [part for part in parts if part not in (told.exception, told.frame)]
    return Fingerprint(
        _id("rule", *parts),
        VERSION,
        told.exception if "exception" in names else None,
        told.frame if "frame" in names else None,
        " ".join(filter(None, texts)) or None,
        (f"{rule.where} says what makes it one kind: {', '.join(filter(None, parts))}.",),
    )


def _id(*parts: str | None) -> str:
    written = json.dumps([VERSION, *parts]).encode()
    return blake2b(written, digest_size=_ID_BYTES).hexdigest()
