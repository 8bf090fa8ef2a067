"""Frozen values that every layer shares; they hold no behaviour beyond their own geometry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Picture of shape (height, width, 3), blue-green-red, 0..255."""

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


class Sensing(StrEnum):
    """Whether the camera looks: ``UNAVAILABLE`` is trouble, ``PAUSED`` is somebody's wish."""

    ON = "on"
    PAUSED = "paused"
    UNAVAILABLE = "unavailable"


# --- seeing -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Box:
    """Bounding box ``xyxy`` in pixels of its picture."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width_px(self) -> float:
        return max(0.0, self.x2 - self.x1)

    @property
    def height_px(self) -> float:
        return max(0.0, self.y2 - self.y1)

    @property
    def area_px(self) -> float:
        return self.width_px * self.height_px

    @property
    def centre(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def iou(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.area_px + other.area_px - shared)


@dataclass(frozen=True, slots=True)
class Frame:
    """One camera picture; lives in memory for one iteration and never crosses a thread."""

    image: Image
    captured_at_s: float
    """Monotonic clock."""
    sequence: int


@dataclass(frozen=True, slots=True)
class Detection:
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class EmotionScores:
    """What the emotion network says of one face."""

    probabilities: tuple[float, ...]
    """Seven, in the order of ``EMOTIONS``; they sum to 1."""
    valence: float
    """-1 (unpleasant) .. 1 (pleasant)."""
    arousal: float
    """-1 (calm) .. 1 (excited)."""
    expression: Expression | None
    """None: the unit abstains."""
    confidence: float
    """Largest of the seven probabilities."""


@dataclass(frozen=True, slots=True)
class Face:
    box: Box
    confidence: float
    scores: EmotionScores | None
    """None where the expression was not estimated in this frame."""


@dataclass(frozen=True, slots=True)
class Leader:
    """The nearest face, as it stands at one moment; a number within one run, no identity."""

    track_id: int
    is_present: bool
    """Seen in the latest frame; a leader is kept for a while without."""
    dwell_s: float
    """First seen until now."""
    attention_s: float
    """Seconds seen facing the screen, at most ``dwell_s``."""
    unseen_s: float
    """Seconds since the last sight; 0 when present."""
    is_stable: bool
    """The expression was steady over the window (or the unit steadily abstains)."""
    expression: Expression | None
    """The stable expression; None: abstained."""
    confidence: float
    """Mean probability of ``expression`` over the window; 0 when abstained."""
    scores: EmotionScores | None
    """Of the latest frame the leader was classified in."""


@dataclass(frozen=True, slots=True)
class AudienceMoment:
    """Who stands there now. Has no array field: pixels never leave the perception loop."""

    observed_at_s: float
    """Monotonic clock."""
    watchers: int
    """Faces turned to the screen now, the leader included."""
    leader: Leader | None


# --- content ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clip:
    """One row of the library."""

    id: int
    kind: ClipKind
    title: str
    file: str
    """Name inside the state directory's ``clips`` folder, never a path."""
    sha256: str
    codec: str
    duration_s: float
    seasons: tuple[Season, ...] = ()
    """Empty: any season."""
    weathers: tuple[Weather, ...] = ()
    day_times: tuple[DayTime, ...] = ()
    target_emotions: tuple[Expression, ...] = ()
    """Expressions this clip is meant for; empty: any."""
    mood: Mood | None = None
    valence: float | None = None
    arousal: float | None = None
    title_en: str | None = None
    advertiser: str | None = None
    description: str | None = None
    description_en: str | None = None
    address: str | None = None
    phone: str | None = None
    map_link: str | None = None
    link: str | None = None
    """The advertiser's own page (``qr.target = advertiser-link``)."""
    thumbnail: str | None = None
    """Name of a JPEG beside the clip."""
    enabled: bool = True
    approved: bool = True
    is_starter: bool = False


@dataclass(frozen=True, slots=True)
class Campaign:
    """An advertiser's order; its dayparts, caps and targets decide when its clips may play."""

    id: int
    advertiser: str
    starts_on: dt.date
    ends_on: dt.date
    weight: float
    """Share of voice."""
    max_plays_per_hour: int | None
    target_plays: int | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the place; every field is part of a choice's context."""

    season: Season
    day_time: DayTime
    weather: Weather | None = None


# --- choosing -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """What a choice was made on."""

    screen: Screen
    """``SHOW`` (for a watcher) or ``HEALING`` (the loop)."""
    expression: Expression | None
    confidence: float
    watchers: int
    surroundings: Surroundings


@dataclass(frozen=True, slots=True)
class Posterior:
    """Beta(alpha, beta) over the chance that a clip is liked."""

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        return self.alpha / (self.alpha + self.beta)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One clip as a choice saw it."""

    clip_id: int
    title: str
    posterior: Posterior | None
    """None for a clip that a rule rejected."""
    ratings: int
    """Answers so far for this clip under this expression."""
    rejected_by: str | None
    """Name of the rule that spoke against it; None: eligible."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One choice, with everything needed to explain it later."""

    context: DecisionContext
    clip: Clip
    probability: float
    """The chance that this policy takes this clip in this context (propensity), 0..1."""
    reason: str
    """One line for people."""
    policy: str
    candidates: tuple[Candidate, ...]
    """The clip taken first, then the likeliest; bounded."""
    candidates_omitted: int = 0
    """How many more there were."""


@dataclass(frozen=True, slots=True)
class Score:
    """What has been learned of one clip under one expression."""

    likes: float = 0.0
    dislikes: float = 0.0

    @property
    def answers(self) -> float:
        return self.likes + self.dislikes


Scores = Mapping[tuple[int, Expression | None], Score]
"""By clip id and expression; None: answers given while the unit abstained."""


# --- showing ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Play:
    """One planned showing of a clip; it counts only once the browser reports ``playing``."""

    id: str
    """UUID."""
    decision_id: int
    clip: Clip
    visit_id: int | None


@dataclass(frozen=True, slots=True)
class ScreenState:
    """The whole screen at one moment: what the panel draws, nothing else decides."""

    revision: int
    """Counts up within one run of the daemon; ``run_id`` tells runs apart."""
    run_id: str
    screen: Screen
    play: Play | None
    """The clip on screen (for RATING and QR: the one just shown)."""
    next_play: Play | None
    """Loaded behind, so that no black gap appears."""
    deadline_s: float | None
    """Monotonic time at which RATING or QR gives up; None elsewhere."""
    time_limit_s: float | None
    """Whole length of the countdown that ends at ``deadline_s``."""
    rating: int | None
    """The answer given for ``play``, if any."""
    qr_url: str | None
    sensing: Sensing
    sensing_paused_until_s: float | None
    """Monotonic; None: not paused, or until somebody resumes it."""
    surroundings: Surroundings
    troubles: tuple[str, ...]
    """Codes of what is missing (``no-camera``, ``no-model``, ``no-clips``), oldest first."""


@dataclass(frozen=True, slots=True)
class Rating:
    decision_id: int
    play_id: str
    value: int
    """1 satisfied, 0 not."""
    source: RatingSource


@dataclass(frozen=True, slots=True)
class Reaction:
    """Cumulative emotion ratio over a clip (viewer-interest paper, eq. 1)."""

    play_id: str
    sampled: int
    """Seconds that count (not abstained)."""
    ratios: tuple[float, ...]
    """Percent of ``sampled`` in which each of ``EMOTIONS`` had the largest probability."""


@dataclass(frozen=True, slots=True)
class EmotionSample:
    """One second of a play while its leading watcher was there."""

    t_s: float
    """Since the clip began to play."""
    probabilities: tuple[float, ...]
    """Seven, in the order of ``EMOTIONS``."""
    valence: float
    arousal: float
    watchers: int
    is_abstained: bool
    """Counts in no ratio."""
