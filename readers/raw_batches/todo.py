"""What a scan still has to fetch of a partition."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from readers.raw_batches.epochs import Claim
from readers.record import Span


class Todo:
    """Spans of one partition, one behind the other; of the first, what lies from `at` on.

    Attributes:
        claims: what has to hold before any of it is fetched.
    """

    def __init__(self, spans: Sequence[Span], claims: Sequence[Claim] = ()) -> None:
        self.claims = claims
        self._spans = deque(sorted(spans, key=lambda span: span.start))
        self.at = self._spans[0].start

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return not self._spans

    @property
    def rest(self) -> Span:
        """The rest of the span that is being read."""
        span = self._spans[0]
        return Span(span.topic, span.partition, self.at, span.end_exclusive)

    def advance(self, offset: int) -> None:
        """Go on from this offset, or with the next span."""
        self.at = offset
        if offset >= self._spans[0].end_exclusive:
            self._spans.popleft()
            self.at = self._spans[0].start if self._spans else offset

    def cut(self, width: int) -> Span:
        """The next so many offsets, or what is left of the span, which are not fetched then."""
        rest = self.rest
        end = min(rest.start + width, rest.end_exclusive)
        self.advance(end)
        return replace(rest, end_exclusive=end)

    def give_up(self) -> tuple[Span, ...]:
        """What was left; nothing is any more."""
        if self.is_done:
            return ()
        left = (self.rest, *tuple(self._spans)[1:])
        self._spans.clear()
        return left
