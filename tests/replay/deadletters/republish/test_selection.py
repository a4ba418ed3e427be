"""A condition on letters is asked of what they were, not of how their framework wrote them."""

from replay.deadletters.reading import read_letter
from replay.deadletters.republish.planning.selection import Chooser, Selecting, Selection
from replay.filters import EventFilter
from replay.locator import Locator
from replay.streams import Stream
from tests.fakes import FakeSource, record_of
from tests.replay.deadletters.dialects.test_uforwarder import DLQ, metadata


def test_a_condition_is_asked_of_the_originals_key_and_by_its_stream() -> None:
    letters = [
        record_of(
            DLQ, 0, n, key=metadata(b"order-%d" % n, offset=n + 1), value=b'{"at": {"n": "Paid"}}'
        )
        for n in (6, 7)
    ]
    stream = Stream("orders", ("orders",), event_type=(Locator("value", ("at", "n")),))
    selecting = Selecting(FakeSource(letters), (stream,), read_letter, lambda _: "aa11")
    for where in ('key == "order-7"', 'key == "order-7" && type == "Paid"'):
        chooser = Chooser(selecting, Selection(topics=(DLQ,), where=EventFilter(where)))
        list(chooser.steps())
        assert [position.offset for position in chooser.chosen] == [7]
