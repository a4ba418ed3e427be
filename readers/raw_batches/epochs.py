"""Whether a log is still the one it was: what its leader says of the epochs it went through.

An epoch has one leader, and a replica that follows it has the same records up to where it follows.
So a log in which the epoch reaches as far as it did then has the same records up to there; after
an election that lost records it does not reach so far any more.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple, TypeAlias

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int16, Int32, Int64, Schema, String

from readers.record import TopicPartition

_ANY_LEADER = -1
_A_CONSUMER = -1
_KEY, _VERSION = 23, 3
"""OffsetForLeaderEpoch, as it is from Kafka 2.3 on, where who may see a topic may ask."""

EpochEnds: TypeAlias = Mapping[int, int]
"""How far each epoch reaches; not of those that the leader does not know."""


class Claim(NamedTuple):
    """That an epoch reaches at least to an offset."""

    epoch: int
    end_exclusive: int


def hold(claims: Sequence[Claim], ends: EpochEnds) -> bool:
    """Whether the leader says the same."""
    return all(ends.get(each.epoch, -1) >= each.end_exclusive for each in claims)


async def epoch_ends(
    send: Callable[[Request[Any]], Awaitable[Any]],
    claims: Mapping[TopicPartition, Sequence[Claim]],
) -> Mapping[TopicPartition, EpochEnds]:
    """What the leader of these partitions says of the epochs in the claims."""
    ends: dict[TopicPartition, dict[int, int]] = {place: {} for place in claims}
    # A partition may be asked for one epoch in a request; the requests are sent at once.
    turns = zip_longest(*([(place, c.epoch) for c in each] for place, each in claims.items()))
    asked = [_Ask([pair for pair in turn if pair is not None]) for turn in turns]
    for request, response in zip(asked, await asyncio.gather(*map(send, asked)), strict=True):
        wanted = dict(request.pairs)
        for topic, partitions in response.topics:
            for error, partition, epoch, end in partitions:
                place = TopicPartition(topic, partition)
                if not error and wanted.get(place) == epoch:
                    ends[place][epoch] = end
    return ends


class _Answer(Response):
    API_KEY = _KEY
    API_VERSION = _VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            Array(
                ("topic", String()),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader_epoch", Int32),
                        ("end_offset", Int64),
                    ),
                ),
            ),
        ),
    )


class _Asking(RequestStruct):
    API_KEY = _KEY
    API_VERSION = _VERSION
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("replica_id", Int32),
        (
            "topics",
            Array(
                ("topic", String()),
                (
                    "partitions",
                    Array(
                        ("partition", Int32),
                        ("current_leader_epoch", Int32),
                        ("leader_epoch", Int32),
                    ),
                ),
            ),
        ),
    )


class _Ask(Request[_Asking]):
    API_KEY = _KEY

    def __init__(self, pairs: Sequence[tuple[TopicPartition, int]]) -> None:
        self.pairs = pairs

    def build(self, request_struct_class: type[_Asking]) -> _Asking:
        by_topic: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for place, epoch in self.pairs:
            by_topic[place.topic].append((place.partition, _ANY_LEADER, epoch))
        return request_struct_class(_A_CONSUMER, list(by_topic.items()))
