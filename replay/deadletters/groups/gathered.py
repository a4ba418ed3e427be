"""What has been counted of one group so far."""

from collections import Counter

from replay.deadletters.fate import Outcome
from replay.deadletters.groups.counting import Axis, Names, Places, Positions, Rate
from replay.deadletters.groups.group import Fingerprint, Group
from replay.deadletters.letter import DeadLetter


class Gathered:
    """Counts of one group, which whoever adds letters to it keeps.

    Attributes:
        fates: outcomes other than open; the rest of the letters are.
        at_least: counts of different things stand for more.
    """

    def __init__(self, kind: Fingerprint, first: DeadLetter, axis: Axis, places: Places) -> None:
        self.kind = kind
        self.count = self.copies = self.came_back = self.keys = self.aggregates = 0
        self.at_least = False
        self.fates: Counter[Outcome] = Counter()
        self.positions = Positions(places)
        self._sample = first.position
        self._axis = axis
        self._rate = Rate(axis)
        self._first_ms: int | None = None
        self._last_ms: int | None = None
        self._topics, self._origins, self._consumer_groups = Names(), Names(), Names()

    def add_time(self, letter: DeadLetter, *, is_copy: bool) -> None:
        """Note a letter's time; the one with the latest is the sample, and copies make no rate."""
        time_ms = letter.record.timestamp_ms
        if time_ms is None:
            return
        if self._first_ms is None or time_ms < self._first_ms:
            self._first_ms = time_ms
        if self._last_ms is None or time_ms >= self._last_ms:
            self._last_ms, self._sample = time_ms, letter.position
        self._axis.add(time_ms)
        if not is_copy:
            self._rate.add(time_ms)

    def add_names(self, letter: DeadLetter) -> None:
        """Note where it lies, where it failed and for whom."""
        self._topics.add(letter.record.topic)
        self._origins.add(letter.origin.topic)
        self._consumer_groups.add(letter.last.consumer_group)

    def change_fate(self, before: Outcome, after: Outcome) -> None:
        """A letter that had one outcome has another."""
        if before is not Outcome.OPEN:
            self.fates[before] -= 1
        if after is not Outcome.OPEN:
            self.fates[after] += 1

    def group(self) -> Group:
        """All of it, as it is now."""
        names = (self._topics, self._origins, self._consumer_groups)
        fates = {outcome: count for outcome, count in self.fates.items() if count}
        still_open = self.count - sum(fates.values())
        return Group(
            fingerprint=self.kind,
            count=self.count,
            copies=self.copies,
            came_back=self.came_back,
            first_ms=self._first_ms,
            last_ms=self._last_ms,
            topics=self._topics.sorted(),
            origins=self._origins.sorted(),
            consumer_groups=self._consumer_groups.sorted(),
            keys=self.keys,
            aggregates=self.aggregates,
            at_least=self.at_least or any(each.is_full for each in names),
            rate=self._rate.cells(),
            sample=self._sample,
            fates={Outcome.OPEN: still_open, **fates} if still_open else fates,
        )
