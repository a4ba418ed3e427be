"""A tail's header line: what is shown, and what state it is in."""

from collections.abc import Collection

from readers.record import TopicPartition


def partitions_text(places: Collection[TopicPartition]) -> str:
    """`p0-11`, or `p3,7` where some are left out; nothing while they are not known."""
    numbers = sorted({place.partition for place in places})
    if not numbers:
        return ""
    if len(numbers) > 1 and numbers[-1] - numbers[0] + 1 == len(numbers):
        return f"p{numbers[0]}-{numbers[-1]}"
    shown = ",".join(map(str, numbers[:8]))
    return f"p{shown}" if len(numbers) <= 8 else f"p{shown},… ({len(numbers)})"


def state_text(
    *, paused: bool, held: bool, loading: bool, behind: int | None, sampled_per_s: int | None
) -> str:
    """`following`, `paused, 1,240 behind`, or that the window is full and reads on further down.

    `sampled_per_s` is how many arrive where not all are shown: `sampling 301,204/s`.
    """
    if loading:
        return "reading …"
    late = "" if behind is None else f", {behind:,} behind"
    if paused:
        return f"paused{late}"
    if held:
        return f"holding{late}: G goes to the end"
    return f"following{late}" if sampled_per_s is None else f"sampling {sampled_per_s:,}/s{late}"


def passed_text(count: int) -> str:
    """How many records were passed over; nothing where none was."""
    return f"{count:,} passed over" if count else ""
