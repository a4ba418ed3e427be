"""What is wrong with a record in a file."""

from readers.errors import UsageError


class BadRecord(Exception):
    """Why something is no record; a clause."""

    def at(self, place: str) -> UsageError:
        """The sentence for a person."""
        return UsageError(
            f"{place} is no record of kstory's: {self}. Nothing was written; mend it, or export "
            "the records again."
        )
