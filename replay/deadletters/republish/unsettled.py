"""Letters that a plan was cut off while sending: whether they were sent is not known yet."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from readers.errors import UsageError
from readers.record import Position
from replay.deadletters.ledger import Ledger
from replay.deadletters.republish.plan import Plan
from replay.deadletters.republish.plan_file import read_plan


@dataclass(slots=True)
class Unsettled:
    """What another plan would perhaps send a second time.

    Attributes:
        plans: by letter and by origin, the plan that was sending it.
        warnings: of plans whose letters cannot be told, a sentence each.
    """

    plans: dict[Position, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def find_unsettled(ledger: Ledger) -> Unsettled:
    """All of a ledger; applying a plan again settles what was in flight of it."""
    found = Unsettled()
    for plan_id in ledger.plans_in_flight():
        try:
            plan = read_plan(plan_id)
        except UsageError:
            found.warnings.append(
                f"The plan {plan_id} was cut off while sending, and is not found: what it sent "
                "last is not known and may be sent again; apply it from its file first."
            )
        else:
            found.plans.update(dict.fromkeys(_in_flight(ledger, plan), plan_id))
    return found


def _in_flight(ledger: Ledger, plan: Plan) -> Iterator[Position]:
    for begun in ledger.in_flight(plan.id):
        for seq in begun.seqs:
            letter = plan.letters[seq]
            yield letter.letter
            if letter.origin is not None:
                yield letter.origin
