"""Words with a fixed set of values: emotions, expressions, kinds, surroundings, screens."""

from __future__ import annotations

from enum import IntEnum, StrEnum

EMOTIONS = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger")
"""The seven emotions, always in this order."""


class Expression(IntEnum):
    """What choices are made on; the number is the founding paper's ``now_emotion``."""

    HAPPY = 0
    NEUTRAL = 1
    SAD = 2


class ClipKind(StrEnum):
    HEALING = "healing"
    AD = "ad"


class Season(StrEnum):
    SPRING = "spring"
    SUMMER = "summer"
    AUTUMN = "autumn"
    WINTER = "winter"


class DayTime(StrEnum):
    MORNING = "morning"
    DAY = "day"
    EVENING = "evening"
    NIGHT = "night"


class Weather(StrEnum):
    CLEAR = "clear"
    CLOUDY = "cloudy"
    RAIN = "rain"
    SNOW = "snow"


class Mood(StrEnum):
    """Eight sectors of 45 degrees on Russell's circumplex, counter-clockwise from pleasant."""

    HAPPY = "happy"
    DYNAMIC = "dynamic"
    ANGRY = "angry"
    ANXIETY = "anxiety"
    WITHERED = "withered"
    DEPRESSED = "depressed"
    TIRED = "tired"
    PEACEFUL = "peaceful"


class Screen(StrEnum):
    HEALING = "healing"
    SHOW = "show"
    RATING = "rating"
    QR = "qr"


class Question(StrEnum):
    """What the RATING screen asks of a watcher."""

    LIKE = "like"
    """Yes or no."""
    FIVE = "five"
    """In five steps."""
    SEEN_BEFORE = "seen-before"
    """Yes or no, after one of the others was answered."""


class PlaybackEvent(StrEnum):
    """What the browser's own video element said."""

    PLAYING = "playing"
    ENDED = "ended"
    ERROR = "error"
    STOPPED = "stopped"
    """The page took the clip off before its end; tells how much was really shown."""


class RatingSource(StrEnum):
    PANEL = "panel"
    PHONE = "phone"


class PausedBy(StrEnum):
    """Whose wish it is that the camera is closed."""

    STAFF = "staff"
    QUIET_HOURS = "quiet-hours"
    VISITOR = "visitor"


class Sensing(StrEnum):
    """Whether the camera looks: ``UNAVAILABLE`` is trouble, ``PAUSED`` is somebody's wish."""

    ON = "on"
    PAUSED = "paused"
    UNAVAILABLE = "unavailable"
