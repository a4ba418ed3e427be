"""A flood of records, read by whole batches: no object is made of a record nobody could see."""

from collections.abc import Callable, Collection, Mapping

from readers.kafka_admin import TopicFacts
from readers.kafka_config import client_id, isolation_level
from readers.newest import Newest, newest_records
from readers.raw_batches.batch import Unreadable
from readers.raw_batches.connection import (
    Address,
    BrokerConnection,
    ConnectionLost,
    NotServed,
)
from readers.raw_batches.follow import RawFollow
from readers.raw_batches.how import How
from readers.raw_batches.newest_batches import NewestBatches
from readers.raw_batches.plain import Plain
from readers.raw_batches.security import NotMapped, login_arguments
from readers.record import Record, TopicPartition

_TIMEOUT_S = 2.0
_WORTH = 4
"""A batch is looked at in the time of so many records that the Kafka client brings."""


class FloodOver(Exception):
    """The Kafka client has to go on: something is wrong, or batches are no gain."""


class Flood:
    """What comes of the partitions that are followed, while all is well with them."""

    def __init__(self, follow: RawFollow) -> None:
        self._follow = follow
        self._plain = Plain()

    def newest(
        self,
        positions: Mapping[TopicPartition, int],
        limit: int,
        goes_on: Callable[[], bool],
    ) -> tuple[Newest[Record], dict[TopicPartition, int]]:
        """What has come from these positions on, and where each partition is to be read next.

        Raises:
            FloodOver: nothing of it counts; it is to be read from the same positions otherwise.
        """
        batches, at = NewestBatches(self._plain), dict(positions)
        try:
            while True:
                responses = self._follow.turn(at)
                for response in responses:
                    batches.add(response)
                    at[response.place] = response.span.end_exclusive
                if not self._follow.is_behind or not goes_on():
                    break
            newest = newest_records(limit)
            batches.give(newest, limit)
        except (ConnectionLost, NotServed, Unreadable) as error:
            raise FloodOver from error
        if batches.record_count < _WORTH * batches.batch_count:
            raise FloodOver
        return newest, {place: end for place, end in at.items() if end != positions[place]}

    def close(self) -> None:
        """Hang up."""
        self._follow.close()


def open_flood(
    properties: Mapping[str, str],
    facts: Mapping[str, TopicFacts],
    places: Collection[TopicPartition],
) -> Flood:
    """Follow these partitions by whole batches; nothing is connected yet.

    Raises:
        FloodOver: that cannot be, with this login or without a leader.
    """
    try:
        login = login_arguments(properties)
        leaders = {place: Address(*facts[place.topic].leaders[place.partition]) for place in places}
    except (NotMapped, KeyError) as error:
        raise FloodOver from error
    name = properties.get("client.id") or client_id()
    committed = isolation_level(properties) == "read_committed"
    how = How(
        connect=lambda: BrokerConnection(name, login, committed=committed),
        committed=committed,
        timeout_s=_TIMEOUT_S,
    )
    return Flood(RawFollow(leaders, how))
