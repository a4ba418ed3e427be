"""The one tree of errors that kstory raises for people: each says what is wrong and what to do."""


class KstoryError(Exception):
    """An error a person can act on: its text is one clear sentence with the remedy."""


class UsageError(KstoryError):
    """What was typed cannot be used as it is."""


class NothingThere(KstoryError):
    """What was asked for is not there: the answer is no."""


class ConfigError(KstoryError):
    """A configuration holds an unknown name or a bad value; file, table and key are named."""


class WriteRefused(KstoryError):
    """Something would have been changed without permission to change it."""


class SourceError(KstoryError):
    """A source could not be reached, or refused."""


class SourceUnreachable(SourceError):
    """Nothing answered in time; trying again may help."""


class SourceRefused(SourceError):
    """The source answered, and said no; trying again does not help."""


class TakenOver(SourceRefused):
    """Another one goes on with what was being written; it knows what of it is stored."""


class NotARecording(SourceRefused):
    """The file is no recording, is damaged, or was written by a newer kstory."""
