"""The plan screen's work on the source's thread."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from readers.record import Position
from readers.source import Source
from readers.topic_names import topic_names
from replay.deadletters.detection import find_letter_topics
from replay.deadletters.republish.plan_file import read_plan, write_plan
from replay.deadletters.republish.planning.making import PlanningStep, PlanOptions, make_plan
from replay.deadletters.republish.planning.selection import Selection
from replay.deadletters.topics import configured_letter_topics
from replay.streams import Stream
from tui.messages import JobMessage
from tui.screens.letter.work import LetterTools
from tui.screens.plan.messages import PlanMade, PlanProgressed
from tui.session import Work
from tui.settings import now_ms

StreamsWith = Callable[[Sequence[str]], Sequence[Stream]]
"""The streams of topics; any thread may call it."""


@dataclass(frozen=True, slots=True)
class Planning:
    """Which letters are asked for, and how they go back."""

    positions: tuple[Position, ...]
    options: PlanOptions = field(default_factory=PlanOptions)


def make(planning: Planning, tools: LetterTools, streams_with: StreamsWith, who: str) -> Work:
    """Work that makes a plan, and keeps it in a file, from where a command can apply it too."""

    def work(source: Source) -> Iterator[JobMessage | None]:
        yield PlanProgressed("looking for topics of dead letters")
        configured = configured_letter_topics(tools.config)
        known = find_letter_topics(source, configured, tools.dialects())
        with closing(tools.open_ledger(source)) as ledger:
            steps = make_plan(
                source,
                Selection(positions=planning.positions),
                planning.options,
                streams=streams_with(topic_names(source)),
                ledger=ledger,
                who=who,
                now_ms=now_ms(),
                dialects=tools.dialects(),
                letter_topics=[topic.name for topic in known],
            )
            yield from _told(steps)

    return work


def load(plan_id: str) -> Work:
    """Work that takes a plan from its file: sending it goes on where it was cut off."""

    def work(source: Source) -> Iterator[JobMessage]:
        del source
        yield PlanMade(read_plan(plan_id))

    return work


def _told(steps: Iterator[PlanningStep]) -> Iterator[JobMessage]:
    for step in steps:
        if step.plan is not None:
            write_plan(step.plan)
            yield PlanMade(step.plan)
            return
        of = f" {step.done:,} of {step.total:,}" if step.total else ""
        yield PlanProgressed(f"{step.doing}{of}")
