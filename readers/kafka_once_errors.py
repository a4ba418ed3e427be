"""What goes wrong while writing exactly once: what is stored then, and what to do."""

from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException

from readers.errors import SourceError, SourceRefused, SourceUnreachable
from readers.kafka_errors import Code, Heard, write_error

MAYBE_GONE = frozenset(
    {
        Code.MSG_TIMED_OUT,
        Code.TIMED_OUT,
        Code.UNKNOWN_PARTITION,
        Code.UNKNOWN_TOPIC,
        Code.UNKNOWN_TOPIC_OR_PART,
    }
)
"""What the client says of a topic that was deleted, and not only of one."""
NOT_YET = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
    }
)
"""What a broker says of a group's offsets while it is about to know them."""
_NOTHING = "Nothing of this was stored"
_TAKEN_OVER = (
    "On {} another kstory has taken this over, or this one stood still for more than ten seconds"
)
_OTHER_WAY = (
    "or use --guarantee scan: an idempotent producer, which after a crash searches the target for "
    "what was sent"
)
_PERMISSIONS: dict[int, tuple[str, str]] = {
    Code.TRANSACTIONAL_ID_AUTHORIZATION_FAILED: (
        "use the transactional id {name}",
        "WRITE and DESCRIBE on the transactional ids that begin with kstory-",
    ),
    Code.GROUP_AUTHORIZATION_FAILED: (
        "use the consumer group {name}, which holds the progress",
        "READ on the consumer groups that begin with kstory-",
    ),
    Code.TOPIC_AUTHORIZATION_FAILED: (
        "do that with a topic",
        "WRITE on the topics written to, and READ on the one that the progress is kept for",
    ),
}


def said_by(error: BaseException) -> KafkaError | None:
    """What the client said; None where it broke without a word (a `SystemError`)."""
    return error.args[0] if isinstance(error, KafkaException) else None


def once_error(
    bootstrap: str, name: str, error: KafkaError | None, heard: Sequence[Heard]
) -> SourceError:
    """Why something was not appended, or could not be taken over."""
    if error is None:
        return SourceUnreachable(
            f"{bootstrap}: the client broke off. {_NOTHING}; start again with the same plan."
        )
    if error.code() == Code.FENCED:
        return SourceRefused(
            f"{_TAKEN_OVER.format(bootstrap)}. {_NOTHING}; start again with the same plan to see "
            "how far it is."
        )
    permission = _PERMISSIONS.get(error.code())
    if permission is not None:
        what, needed = permission
        return SourceRefused(
            f"{bootstrap} does not allow this user to {what.format(name=name)} ({error.str()}). "
            f"{_NOTHING}. Ask for the permission ({needed}), {_OTHER_WAY}."
        )
    cause = write_error(bootstrap, error, heard)
    return type(cause)(f"{cause} {_NOTHING}.")


def unknown_outcome(bootstrap: str, count: int, error: KafkaError | None) -> SourceError:
    """A commit that nobody answered, or that another writer may have been faster than.

    Where the write was taken over it is a refusal all the same: to ask by `resume` would take it
    back from the other one.
    """
    if error is not None and error.code() == Code.FENCED:
        return SourceRefused(
            f"{_TAKEN_OVER.format(bootstrap)} while the latest {count} were committed; start again "
            "with the same plan to see whether they are stored."
        )
    said = error.str() if error is not None else "the client broke off"
    return SourceUnreachable(
        f"{bootstrap} did not say whether the latest {count} are stored ({said}). Start again with "
        "the same plan: it finds out, and sends only what is missing."
    )
