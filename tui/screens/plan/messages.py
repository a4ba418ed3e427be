"""What the plan screen's job tells it."""

from dataclasses import dataclass

from replay.deadletters.republish.plan import Plan
from tui.messages import JobMessage


@dataclass
class PlanProgressed(JobMessage):
    """The planning is so far; `said` is what is being done."""

    said: str


@dataclass
class PlanMade(JobMessage):
    """The plan; nothing was sent."""

    plan: Plan
