"""What most headers tell, written as most frameworks write it."""

from replay.deadletters.dialects import codecs
from replay.deadletters.dialects.headers import Column, Field

TOPIC = Column(Field.TOPIC, codecs.name)
PARTITION = Column(Field.PARTITION, codecs.decimal)
OFFSET = Column(Field.OFFSET, codecs.decimal)
GROUP = Column(Field.GROUP, codecs.name)
EXCEPTION = Column(Field.EXCEPTION, codecs.text)
CAUSE = Column(Field.CAUSE, codecs.text)
MESSAGE = Column(Field.MESSAGE, codecs.text)
STACK = Column(Field.STACK, codecs.text)
ATTEMPTS = Column(Field.ATTEMPTS, codecs.decimal)


def all_of(*names: str) -> frozenset[str]:
    """Names that are to be there together."""
    return frozenset(names)
