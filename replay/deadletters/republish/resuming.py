"""Before anything more of a plan is sent: what was sent already, and whether the rest may go."""

from collections.abc import Iterator

from readers.source import Progress, Source
from replay.deadletters.republish.apply_step import WorldChanged
from replay.deadletters.republish.book import Book
from replay.deadletters.republish.plan import Guarantee, Plan
from replay.deadletters.republish.sent_search import Found, find_sent, plan_ends
from replay.deadletters.republish.world import check_keys, check_letters


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
        for _ in find_sent(source, plan, plan_ends(plan), found):
            yield "Looking for what was sent before."
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


def check_world(plan: Plan, source: Source, book: Book, done: int, *, force: bool) -> Iterator[str]:
    """See that what is left may go as it was planned; yields what is being done.

    Raises:
        WorldChanged: it may not.
    """
    left = plan.letters[done:]
    if not left:
        return
    since = book.republished_since()
    for letter in left:
        by = since.get(letter.letter) or (letter.origin and since.get(letter.origin))
        if by:
            raise WorldChanged(
                f"{letter.letter} was sent by the plan {by} after this one was made. "
                "Nothing more was sent; make a new plan."
            )
    for seen in check_letters(left, source):
        yield f"Looked at {seen:,} of {len(left):,} letters."
    if not force:
        for searched in check_keys(left, plan, source):
            yield f"Looked at {searched:,} records that are new in the targets."
