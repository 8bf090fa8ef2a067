"""One exception class per layer; a message says what failed and what to do about it."""


class ApplianceError(Exception):
    """An expected failure: printed as one line, exit status 1, never a stack trace."""


class ConfigError(ApplianceError):
    """The settings file is wrong; the message lists every mistake at once."""


class StoreError(ApplianceError):
    """The database could not be opened, migrated, read or written."""


class DamagedError(StoreError):
    """The database's bytes are not what was written; restoring a backup is the way out."""


class BackupError(ApplianceError):
    """A backup could not be made, read or restored."""


class ModelError(ApplianceError):
    """A network or its manifest is missing, damaged or of the wrong shape."""


class CameraError(ApplianceError):
    """The camera could not be opened or stopped delivering frames."""


class PictureError(ApplianceError):
    """A picture or video file could not be read."""


class ContentError(ApplianceError):
    """A clip could not be read, decoded or accepted into the library."""


class DecisionError(ApplianceError):
    """No clip could be chosen."""


class PlaybackError(ApplianceError):
    """The page reported of a play what cannot have happened."""


class FeedbackError(ApplianceError):
    """There is no reaction to report, or the interest model cannot be learned or read."""


class SurroundingsError(ApplianceError):
    """The weather could not be learned."""


class WebError(ApplianceError):
    """A web server could not be started."""


class DaemonError(ApplianceError):
    """The daemon could not start, or one of its workers died."""
