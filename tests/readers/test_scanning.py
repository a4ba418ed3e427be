"""Finding records by their bytes takes the fastest way that a source has."""

from collections.abc import Iterator, Sequence

from readers.record import Span
from readers.scanning import found_in
from readers.source import Batch
from readers.wanted import Wanted
from tests.fakes import FakeSource, record_of

SPANS = [Span("order-events", 0, 2, 12), Span("order-events", 1, 0, 12)]


class Indexed(FakeSource):
    """A source with an index of keys; whoever reads all of it fails."""

    def __init__(self) -> None:
        super().__init__(
            [
                record_of(
                    partition=n % 2, offset=n // 2, key=b"order-%d" % (n % 5), value=b"%d" % n
                )
                for n in range(24)
            ]
        )

    def read(self, spans: Sequence[Span]) -> Iterator[Batch]:
        raise AssertionError("all was read")

    def read_key(self, key: bytes | None, spans: Sequence[Span]) -> Iterator[Batch]:
        for batch in super().read(spans):
            found = tuple(record for record in batch.records if record.key == key)
            yield Batch(found, batch.reached)


def values(wanted: Wanted) -> tuple[list[int], dict[int, int]]:
    """What was found, and where each partition is then."""
    batches = list(found_in(Indexed(), wanted, SPANS))
    reached = {place.partition: end for batch in batches for place, end in batch.reached.items()}
    return [int(r.value or b"") for batch in batches for r in batch.records], reached


def test_a_key_is_answered_from_the_index() -> None:
    assert values(Wanted(frozenset({b"order-1"}))) == ([6, 16, 1, 11, 21], {0: 12, 1: 12})


def test_several_keys_come_in_the_order_of_each_partition() -> None:
    keys = frozenset({b"order-1", b"order-4"})
    assert values(Wanted(keys)) == ([4, 6, 14, 16, 1, 9, 11, 19, 21], {0: 12, 1: 12})


def test_a_text_beside_the_key_has_to_be_there_too() -> None:
    assert values(Wanted(frozenset({b"order-1"}), (b"6",)))[0] == [6, 16]
