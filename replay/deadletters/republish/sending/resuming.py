"""Before anything more of a plan is sent: what was sent already, and whether the rest may go."""

from collections.abc import Iterator

from readers.source import Progress, Source
from replay.deadletters.republish.plan import Guarantee, Plan
from replay.deadletters.republish.sending.apply_step import WorldChanged
from replay.deadletters.republish.sending.book import Book
from replay.deadletters.republish.sending.sent_search import (
    Found,
    find_sent,
    plan_ends,
    said_of_search,
)
from replay.deadletters.republish.sending.world import check_letters

GOOD_FOR_MS = 24 * 3600 * 1000
"""A broker forgets the progress of a plan some time after it was last told of it (a week by
default, `offsets.retention.minutes`); long before that the world has moved on."""


def check_age(plan: Plan, book: Book, now_ms: int) -> bool:
    """Whether the plan is too old to be sent, and was cut off: what it sent can be found out.

    Raises:
        WorldChanged: it is too old, and was not cut off.
    """
    if now_ms - plan.made_at_ms <= GOOD_FOR_MS:
        return False
    if book.in_flight() is None:
        raise WorldChanged(
            f"{_too_old(plan, now_ms)}. Nothing was sent; make a new plan. What this one sent is "
            "in the ledger, and is left out of a new one."
        )
    return True


def settle_old(plan: Plan, source: Source, book: Book, now_ms: int) -> Iterator[str]:
    """Find out what a plan sent that is too old to go on; yields what is being done.

    It is searched for: the source may have forgotten the plan's progress.

    Raises:
        WorldChanged: always, with what was found out.
    """
    found = Found()
    for step in find_sent(source, plan, plan_ends(plan), found):
        yield said_of_search(step)
    book.settle(found.places, now_ms, all_known=found.is_whole)
    sent = f"{len(book.sent):,} of its {len(plan.letters):,} letters were sent"
    if book.in_flight() is not None:
        raise WorldChanged(
            f"{_too_old(plan, now_ms)}. {sent} as far as can be told: a part of what it sent to "
            "was deleted since, so what it was cut off sending stays out of other plans, unless "
            "they are forced."
        )
    raise WorldChanged(
        f"{_too_old(plan, now_ms)}. {sent}, which the ledger knows now, and nothing more of it is "
        "sent; make a new plan for the others."
    )


def _too_old(plan: Plan, now_ms: int) -> str:
    hours = (now_ms - plan.made_at_ms) // 3_600_000
    return f"The plan {plan.id} was made {hours:,} hours ago, and is good for 24"


def catch_up(
    plan: Plan, source: Source, book: Book, progress: Progress, now_ms: int
) -> Iterator[str]:
    """Let the ledger know what was sent before and it was not told; yields what is being done.

    Raises:
        WorldChanged: the ledger knows of more than the source does.
    """
    places = dict(enumerate(progress.last, progress.done - len(progress.last)))
    if set(range(progress.done)) - book.sent - set(places):
        found = Found()
        for step in find_sent(source, plan, plan_ends(plan), found):
            yield said_of_search(step)
        places |= {seq: place for seq, place in found.places.items() if seq < progress.done}
    if set(places) - book.sent or book.in_flight() is not None:
        # A search finds letters beyond the first that is missing; those stay in flight.
        is_known = plan.guarantee is Guarantee.TRANSACTIONS
        book.settle(places, now_ms, all_known=is_known)
    if len(book.sent) > progress.done:
        raise WorldChanged(
            f"The ledger says that {len(book.sent):,} letters of this plan were sent, and "
            f"{source.name} remembers {progress.done:,}. Nothing more was sent; make a new plan, "
            "which leaves out those that were."
        )


def check_world(plan: Plan, source: Source, book: Book, done: int) -> Iterator[str]:
    """See that the letters left are as they were planned; yields what is being done.

    Raises:
        WorldChanged: they are not.
    """
    left = plan.letters[done:]
    if not left:
        return
    since = book.republished_since(left)
    for letter in left:
        by = since.get(letter.letter) or (letter.origin and since.get(letter.origin))
        if by:
            raise WorldChanged(
                f"{letter.letter} was sent by the plan {by} after this one was made. "
                "Nothing more was sent; make a new plan."
            )
    for seen in check_letters(left, source):
        yield f"Looked at {seen:,} of {len(left):,} letters."
