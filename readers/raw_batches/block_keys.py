"""One response of one partition, looked through for the keys in each block of offsets."""

from collections import defaultdict
from collections.abc import Mapping, Set
from typing import TypeAlias

from readers.raw_batches.batch import add_keys
from readers.raw_batches.look import Response, shown
from readers.raw_batches.plain import PlainOfThread

BLOCK_OFFSETS = 256
"""A key is found in less with blocks of 64, which take more room, and with 1,000 in more."""

BlockKeys: TypeAlias = Mapping[int, Set[bytes | None]]
"""The keys of each block that holds a record, by the number of the block."""


class BlockLook:
    """Finds the keys in responses; several threads may use it at once."""

    def __init__(self) -> None:
        self._of_thread = PlainOfThread()

    def __call__(self, response: Response) -> BlockKeys:
        """The keys in one response.

        Raises:
            Unreadable: some of it cannot be read here.
        """
        plain = self._of_thread.plain
        blocks: defaultdict[int, set[bytes | None]] = defaultdict(set)
        for head in shown(response, plain):
            batch = plain.batch(memoryview(response.data), head)
            add_keys(batch, response.span, blocks, BLOCK_OFFSETS)
        return dict(blocks)
