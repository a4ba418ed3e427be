"""In which order rows that still come in are shown, so that nothing jumps while it is read."""

from collections.abc import Sequence


def order_of(shown: Sequence[str], sorted_ids: Sequence[str], *, held: bool) -> list[str]:
    """The rows' ids in the order to show them.

    Where it is `held` those on screen stay where they are, and new ones come below them.
    """
    if not held:
        return list(sorted_ids)
    there = set(sorted_ids)
    kept = [each for each in shown if each in there]
    known = set(kept)
    return kept + [each for each in sorted_ids if each not in known]
