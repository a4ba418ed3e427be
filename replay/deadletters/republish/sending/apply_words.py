"""What a person is told while a plan is sent, and at its end."""

from collections.abc import Collection

from replay.deadletters.republish.plan import Plan
from replay.deadletters.republish.sending.apply_step import ApplyState
from replay.deadletters.republish.sending.watch import Watch


def said_while(state: ApplyState, done: int, total: int, left_s: float = 0.0) -> str:
    """How far it is; `left_s` is what is left to be watched."""
    sent = f"{done:,} of {total:,} sent"
    match state:
        case ApplyState.WATCHING:
            return f"{sent}; watching {left_s:.0f} s more whether any comes back"
        case ApplyState.PAUSED:
            return f"{sent}; paused"
        case _:
            return sent


def said_of_news(searched: int) -> str:
    """How much came into the targets since the plan was made, as far as it was read."""
    return f"Looked at {searched:,} records that are new in the targets."


def said_of_returned(plan: Plan, returned: Collection[int]) -> str:
    """Which letters came back, by their numbers; it has stopped for them."""
    first = plan.letters[min(returned)].letter
    more = f" and {len(returned) - 1:,} more" if len(returned) > 1 else ""
    return f"Stopped: {first}{more} failed again and came back to a dead-letter topic."


def said_at_the_end(plan: Plan, returned: Collection[int], watch: Watch) -> str:
    """All were sent; what is known of those that may have come back."""
    count = len(plan.letters)
    sent = "The letter was sent" if count == 1 else f"All {count:,} letters were sent"
    return f"{sent}; {_said_of_watching(plan, returned, watch)}."


def said_again(plan: Plan, returned: Collection[int]) -> str:
    """All had been sent before; nothing was sent now."""
    count = len(plan.letters)
    sent = "The letter was" if count == 1 else f"All {count:,} letters were"
    back = f" {len(returned):,} came back." if returned else ""
    return f"{sent} sent already; nothing more was sent.{back}"


def _said_of_watching(plan: Plan, returned: Collection[int], watch: Watch) -> str:
    if returned:
        return f"{len(returned):,} came back"
    if watch.is_blind:
        return "no dead-letter topic was there to be watched"
    lost = f" (not all could be read: {watch.lost[0]})" if watch.lost else ""
    return f"none came back {'while it was watched' if plan.ramp else 'so far'}{lost}"
