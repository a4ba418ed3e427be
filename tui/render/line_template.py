"""The JSON line that records of one kind have in common, to be filled."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import orjson

from readers.decoders.payload import Json
from replay.event_json import name_json
from replay.locator import Locator, text_at
from replay.streams import Stream

_Place = int | tuple[str, ...]
"""Where a fact lies: the number of a part, or a path in the value."""
Column = Sequence[bytes]


class LineTemplate:
    """The lines of records with the same topic and headers' names, and a key and a value or none.

    A record's parts are its key, where it has one, and its headers' values: bytes that may stand in
    a JSON string as they are.

    Attributes:
        reads_values: whether a fact may lie in a value.
    """

    def __init__(
        self, stream: Stream, topic: str, names: Sequence[str], has_key: bool, has_value: bool
    ) -> None:
        self._facts = [
            tuple(_places(locators, names, has_key=has_key))
            for locators in (stream.event_type, stream.aggregate_id, stream.event_id)
        ]
        self.reads_values = any(isinstance(place, tuple) for each in self._facts for place in each)
        kind, aggregate, event_id = ('"%b"' if _is_part(places) else "%b" for places in self._facts)
        key = '"%b"' if has_key else "null"
        headers = ",".join(f'[{_literal(name_json(name))},"%b"]' for name in names)
        encoding = "json" if has_value else "null"
        self._template = (
            f'{{"topic":{_literal(topic)},"partition":%d,"offset":%d,"timestamp":"%b",'
            f'"key":{key},"headers":[{headers}],"value":%b,"encoding":"{encoding}","type":{kind},'
            f'"aggregate":{aggregate},"event_id":{event_id},"error":null}}\n'
        ).encode()

    def text(
        self,
        numbers: Sequence[Iterable[int]],
        times: Column,
        parts: Sequence[Column],
        values: Column,
        documents: Sequence[Json],
    ) -> bytes:
        """A line for each record, one behind the other.

        Args:
            numbers: the partitions and the offsets.
            times: as text.
            parts: a column for each part.
            values: as JSON.
            documents: the same, decoded; nothing where it does not read them.
        """
        nothing = [b"null"] * len(values)
        facts = (_column(each, parts, documents) if each else nothing for each in self._facts)
        rows = zip(*numbers, times, *parts, values, *facts, strict=True)
        # All lines in one go: no object is made of each.
        return self._template * len(values) % tuple(chain.from_iterable(rows))


def _column(places: Sequence[_Place], parts: Sequence[Column], documents: Sequence[Json]) -> Column:
    """A fact of each record: as it stands between quotes, or as JSON if the value may hold it."""
    if _is_part(places) and isinstance(places[0], int):
        return parts[places[0]]
    return [_found(places, parts, n, document) for n, document in enumerate(documents)]


def _found(places: Sequence[_Place], parts: Sequence[Column], n: int, document: Json) -> bytes:
    for place in places:
        if isinstance(place, int):
            return b'"%b"' % parts[place][n]
        text = text_at(document, place)
        if text is not None:
            return orjson.dumps(text)
    return b"null"


def _is_part(places: Sequence[_Place]) -> bool:
    return bool(places) and isinstance(places[0], int)


def _places(
    locators: Sequence[Locator], names: Sequence[str], *, has_key: bool
) -> Iterator[_Place]:
    """Where to look, in order; a part always has it, so nothing behind one is looked at."""
    for locator in locators:
        if locator.place == "value":
            yield locator.path
        elif locator.place == "key" and has_key:
            yield 0
            return
        elif locator.place == "header" and locator.path[0] in names:
            # The last one of a repeated name counts, as for Kafka's own clients.
            yield has_key + max(n for n, name in enumerate(names) if name == locator.path[0])
            return


def _literal(value: Json) -> str:
    """The value as JSON, to stand in a template."""
    return orjson.dumps(value).decode().replace("%", "%%")
