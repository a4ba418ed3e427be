"""What a Kafka client says, as a sentence that names the setting to change."""

# ruff: noqa: SLF001 - the client names the constants of its own errors with an underscore

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from confluent_kafka import KafkaError

from readers.errors import SourceError, SourceRefused, SourceUnreachable


class Code(IntEnum):
    """The errors that kstory tells apart."""

    AUTHENTICATION = KafkaError._AUTHENTICATION
    AUTO_OFFSET_RESET = KafkaError._AUTO_OFFSET_RESET
    BAD_COMPRESSION = KafkaError._BAD_COMPRESSION
    BAD_MSG = KafkaError._BAD_MSG
    FATAL = KafkaError._FATAL
    FENCED = KafkaError._FENCED
    LOG_TRUNCATION = KafkaError._LOG_TRUNCATION
    NOT_IMPLEMENTED = KafkaError._NOT_IMPLEMENTED
    PARTITION_EOF = KafkaError._PARTITION_EOF
    PURGED_IN_QUEUE = KafkaError._PURGE_QUEUE
    PURGED_IN_FLIGHT = KafkaError._PURGE_INFLIGHT
    RESOLVE = KafkaError._RESOLVE
    SSL = KafkaError._SSL
    TIMED_OUT = KafkaError._TIMED_OUT
    TRANSPORT = KafkaError._TRANSPORT
    UNKNOWN_PARTITION = KafkaError._UNKNOWN_PARTITION
    UNKNOWN_TOPIC = KafkaError._UNKNOWN_TOPIC
    CLUSTER_AUTHORIZATION_FAILED = KafkaError.CLUSTER_AUTHORIZATION_FAILED
    GROUP_AUTHORIZATION_FAILED = KafkaError.GROUP_AUTHORIZATION_FAILED
    INVALID_MSG = KafkaError.INVALID_MSG
    INVALID_TOPIC = KafkaError.TOPIC_EXCEPTION
    MSG_SIZE_TOO_LARGE = KafkaError.MSG_SIZE_TOO_LARGE
    MSG_TIMED_OUT = KafkaError._MSG_TIMED_OUT
    SASL_AUTHENTICATION_FAILED = KafkaError.SASL_AUTHENTICATION_FAILED
    TOPIC_AUTHORIZATION_FAILED = KafkaError.TOPIC_AUTHORIZATION_FAILED
    TRANSACTIONAL_ID_AUTHORIZATION_FAILED = KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    UNKNOWN_TOPIC_OR_PART = KafkaError.UNKNOWN_TOPIC_OR_PART
    UNSUPPORTED_SASL_MECHANISM = KafkaError.UNSUPPORTED_SASL_MECHANISM


_REFUSALS: dict[int, tuple[str, str]] = {
    Code.AUTHENTICATION: (
        "it refused the login",
        "Check sasl.mechanism, sasl.username and sasl.password",
    ),
    Code.SASL_AUTHENTICATION_FAILED: (
        "it refused the login",
        "Check sasl.mechanism, sasl.username and sasl.password",
    ),
    Code.SSL: (
        "the TLS handshake failed",
        "Check ssl.ca.location, the host name in the address, and the client's certificate",
    ),
    Code.CLUSTER_AUTHORIZATION_FAILED: (
        "it does not allow this user to do that",
        "Ask for the permission (an ACL on the cluster)",
    ),
    Code.TOPIC_AUTHORIZATION_FAILED: (
        "it does not allow this user to do that",
        "Ask for the permission (READ and DESCRIBE on the topic)",
    ),
    Code.UNSUPPORTED_SASL_MECHANISM: (
        "it does not offer this way to log in",
        "Check sasl.mechanism",
    ),
}
_FATAL: frozenset[int] = frozenset({Code.AUTHENTICATION, Code.SSL})
_NO_LOGIN_HERE = "not valid in current SASL state"
_CERTAIN_MISMATCH_SIGNS = ("PLAINTEXT broker listener", "incorrect security.protocol")
_MISMATCH_SIGNS = (
    *_CERTAIN_MISMATCH_SIGNS,
    "SSL handshake",
    "ApiVersionRequest failed",
    "connection closed by peer",
    "Invalid response size",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """Something a client said beside its answers; `code` is None for a line of its log."""

    code: int | None
    text: str


def is_fatal(code: int) -> bool:
    """Whether trying again cannot help, so that the client has to be closed."""
    return code in _FATAL


def is_hopeless(heard: Sequence[Heard], addresses: int) -> bool:
    """Whether a first connection cannot come about: no name has a meaning, or the wrong protocol.

    A refused connection is not hopeless: one name may have several addresses.
    """
    codes = [each.code for each in heard]
    unresolved = codes.count(Code.RESOLVE) >= addresses and Code.TRANSPORT not in codes
    return unresolved or any(
        sign in each.text for each in heard for sign in _CERTAIN_MISMATCH_SIGNS
    )


def is_denied(code: int) -> bool:
    """Whether it is a missing permission on a topic."""
    return code == Code.TOPIC_AUTHORIZATION_FAILED


def source_error(bootstrap: str, error: KafkaError, heard: Sequence[Heard] = ()) -> SourceError:
    """The error a person can act on, from what a call gave and what was heard before it."""
    for code, text in [(error.code(), error.str()), *((each.code, each.text) for each in heard)]:
        refusal = _REFUSALS.get(code) if code is not None else None
        if refusal is not None:
            what, remedy = refusal
            if _NO_LOGIN_HERE in text:
                remedy = "It takes no login there: wrong security.protocol?"
            return SourceRefused(f"{bootstrap}: {what} ({_trimmed(text)}). {_ended(remedy)}")
    return unreachable(bootstrap, error.str(), heard)


def write_error(bootstrap: str, error: KafkaError, heard: Sequence[Heard] = ()) -> SourceError:
    """The same for a write: what the broker said no to is told from what did not reach it."""
    if error.code() == Code.TOPIC_AUTHORIZATION_FAILED:
        return SourceRefused(
            f"{bootstrap} does not allow this user to write that ({_trimmed(error.str())}). "
            "Ask for the permission (WRITE and DESCRIBE on the topic)."
        )
    if error.code() == Code.MSG_SIZE_TOO_LARGE:
        return SourceRefused(
            f"A record is larger than {bootstrap} takes for its topic ({_trimmed(error.str())}). "
            "See the topic's max.message.bytes."
        )
    if error.code() > 0 and not error.retriable() and error.code() not in _REFUSALS:
        return SourceRefused(f"{bootstrap} refused it ({_trimmed(error.str())}).")
    return source_error(bootstrap, error, heard)


def unreachable(bootstrap: str, said: str, heard: Sequence[Heard]) -> SourceUnreachable:
    """Nothing answered: with what the client said last, and what is probably the remedy."""
    last = next((each.text for each in reversed(heard) if each.text), said)
    return SourceUnreachable(
        f"{bootstrap} could not be reached ({_trimmed(last)}). {_ended(_remedy(heard))}"
    )


def _remedy(heard: Sequence[Heard]) -> str:
    texts = [each.text for each in heard]
    if any(each.code == Code.RESOLVE for each in heard):
        return "Check the host name in the address"
    if any("Connection refused" in text for text in texts):
        return "Nothing listens there: check host and port, and whether the broker runs"
    if any(sign in text for text in texts for sign in _MISMATCH_SIGNS):
        return "Something answered, but not as expected: wrong security.protocol?"
    return "Check the address and the network, and whether security.protocol is right"


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith("?") else f"{sentence}."


def _trimmed(text: str) -> str:
    """The client's sentence without the repeated names of threads and brokers."""
    kept = text.rsplit("]: ", 1)[-1].strip().rstrip(".")
    return kept if len(kept) <= 300 else kept[:299] + "…"
