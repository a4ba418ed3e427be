"""What a kstory.toml says about grouping: whose frames are the application's, and own rules."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase

from readers.config_file import Table
from replay.deadletters.groups.stack_trace import is_ours

_KEYS = frozenset({"match", "fingerprint", "ignore_message"})
_HOLE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_MAX_MATCHED = 4_000
"""More of a message is not matched: a glob's time grows with the text's length."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a letter tells of its failure, by the names that rules use; None where it does not.

    Attributes:
        exception: the cause's class, or the exception's.
        frame: the application's topmost frame, such as `PaymentClient.charge`.
        topic: where the record failed.
    """

    exception: str | None = None
    frame: str | None = None
    message: str | None = None
    topic: str | None = None
    consumer_group: str | None = None
    framework: str | None = None

    def value(self, name: str) -> str | None:
        """What is told under a name."""
        value: str | None = getattr(self, name)
        return value


NAMES = tuple(field.name for field in fields(Told))


@dataclass(frozen=True, slots=True)
class Rule:
    """How letters that match are grouped.

    Attributes:
        where: the file and the table, for "why one kind".
        match: globs by name; all have to match. Upper and lower case differ.
        fingerprint: what makes them one kind: texts, with `{{ NAME }}` for what is told; None to
            keep what it is without a rule.
        ignore_message: the message makes no difference.
    """

    where: str
    match: Mapping[str, str]
    fingerprint: tuple[str, ...] | None = None
    ignore_message: bool = False

    def matches(self, told: Told) -> bool:
        """Whether all the globs match; what is not told matches none."""
        return all(_is_like(told.value(name), glob) for name, glob in self.match.items())

    def names(self) -> Iterator[str]:
        """The names that its fingerprint is made of."""
        for text in self.fingerprint or ():
            yield from _HOLE.findall(text)

    def parts(self, told: Told, masked: str | None) -> tuple[str, ...]:
        """Its fingerprint for a letter, of whose message only the masked form is used.

        What is not told is empty.
        """

        def value_of(hole: re.Match[str]) -> str:
            name = hole[1]
            return (masked if name == "message" else told.value(name)) or ""

        return tuple(_HOLE.sub(value_of, text) for text in self.fingerprint or ())


@dataclass(frozen=True, slots=True)
class Rules:
    """All that is configured; nothing by default.

    Attributes:
        rules: the first one that matches a letter counts.
        in_app: how the application's own packages begin; see `is_ours`.
    """

    rules: tuple[Rule, ...] = ()
    in_app: tuple[str, ...] = ()

    def is_ours(self, line: str) -> bool:
        """Whether a line of a stack trace is a frame of the application's."""
        return is_ours(line, self.in_app)

    def rule_for(self, told: Told) -> Rule | None:
        """The rule that counts for a letter."""
        return next((rule for rule in self.rules if rule.matches(told)), None)


DEFAULT_RULES = Rules()


def rules_of(table: Table | None) -> Rules:
    """What `[dead_letters]` says: `in_app`, and the rules of `[[dead_letters.rules]]`.

    Raises:
        ConfigError: a rule holds an unknown name or a bad value.
    """
    if table is None:
        return DEFAULT_RULES
    written = table.values.get("rules", [])
    if not isinstance(written, list) or not all(isinstance(rule, dict) for rule in written):
        raise table.error("rules", f"must be tables, each written as [[{table.name}.rules]].")
    rules = tuple(
        _rule(replace(table, name=f"{table.name}.rules, number {n}", values=values))
        for n, values in enumerate(written, 1)
    )
    in_app = table.texts("in_app") or ()
    if "" in in_app:
        raise table.error("in_app", "an empty text would make every frame the application's.")
    return Rules(rules, in_app)


def _rule(table: Table) -> Rule:
    table.check_keys(_KEYS)
    fingerprint = table.texts("fingerprint")
    ignores = table.flag("ignore_message")
    if (fingerprint is None) is not ignores:
        raise table.error("fingerprint", "say either this or ignore_message = true.")
    rule = Rule(f"{table.file} [{table.name}]", _match(table), fingerprint, ignores)
    if fingerprint == ():
        raise table.error("fingerprint", "is empty; name one text or more.")
    for name in rule.names():
        if name not in NAMES:
            known = ", ".join(NAMES)
            raise table.error("fingerprint", f"{{{{ {name} }}}} is unknown; known are {known}.")
    return rule


def _match(table: Table) -> dict[str, str]:
    written = table.values.get("match", {})
    if not isinstance(written, dict) or not written:
        raise table.error("match", 'must be a table of globs, such as { exception = "*Timeout*" }.')
    globs = replace(table, name=f"{table.name}, match", values=written)
    globs.check_keys(frozenset(NAMES))
    return {name: globs.text(name) or "" for name in written}


def _is_like(text: str | None, glob: str) -> bool:
    # The standard library's globs do not go back once a part between two stars was found, so that
    # no pattern takes more than its length times the text's.
    return text is not None and fnmatchcase(text[:_MAX_MATCHED], glob)
