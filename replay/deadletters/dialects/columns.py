"""What most headers tell, written as most frameworks write it."""

from replay.deadletters.dialects import header_codecs
from replay.deadletters.dialects.headers import Column, Field

TOPIC = Column(Field.TOPIC, header_codecs.name)
PARTITION = Column(Field.PARTITION, header_codecs.decimal)
OFFSET = Column(Field.OFFSET, header_codecs.decimal)
GROUP = Column(Field.GROUP, header_codecs.name)
EXCEPTION = Column(Field.EXCEPTION, header_codecs.text)
CAUSE = Column(Field.CAUSE, header_codecs.text)
MESSAGE = Column(Field.MESSAGE, header_codecs.text)
STACK = Column(Field.STACK, header_codecs.text)
ATTEMPTS = Column(Field.ATTEMPTS, header_codecs.decimal)


def all_of(*names: str) -> frozenset[str]:
    """Names that are to be there together."""
    return frozenset(names)
