"""A state's hash: the same one for the same state, wherever and whenever it was folded."""

import hashlib

import orjson

from readers.decoders.payload import Json


def state_sha256(state: Json) -> str:
    """Of its JSON, in UTF-8, without blanks, the members of each object sorted by their names."""
    return hashlib.sha256(orjson.dumps(state, option=orjson.OPT_SORT_KEYS)).hexdigest()
