"""What is on the screen, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.domain.content import Clip, Surroundings
from appliance.domain.vocabulary import PausedBy, Question, RatingSource, Screen, Sensing


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
    question: Question
    """What RATING asks now (elsewhere: what it asked last)."""
    rating: int | None
    """The answer given for ``play``, if any, as it was touched: 0 or 1, or 1..5."""
    seen_before: bool | None
    """The answer to that question, if any."""
    qr_url: str | None
    sensing: Sensing
    sensing_paused_until_s: float | None
    """Monotonic; None: not paused, or until somebody resumes it."""
    surroundings: Surroundings
    troubles: tuple[str, ...]
    """Codes of what is missing (``no-camera``, ``no-model``, ``no-clips``), oldest first."""
    sensing_paused_by: PausedBy | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    decision_id: int
    play_id: str
    value: int | None
    """1 satisfied, 0 not; None: an answer in five steps that says neither."""
    source: RatingSource
    stars: int | None = None
    """1..5, where five steps were asked."""
    seen_before: bool | None = None
    """None: not asked or not answered."""


def value_of_stars(stars: int) -> int | None:
    """Interest from five steps (viewer-interest paper): 1, 2 → 0; 4, 5 → 1; 3 is dropped."""
    return None if stars == 3 else int(stars > 3)


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
