"""What the store tells of the past: choices, plays, rankings, the place's emotions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from appliance.domain import Candidate, Clip, ClipKind, DecisionContext, Reaction, Screen, Taught


@dataclass(frozen=True, slots=True)
class RankedClip:
    """A clip's place among those that people answered about."""

    clip: Clip
    likes: int
    answers: int
    wilson_low: float
    """Lower end of the 95 % interval of the share that liked it, 0..1."""


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A stored choice; the clip is a title and a number, for it may have been deleted."""

    id: int
    play_id: str
    visit_id: int | None
    decided_at: dt.datetime
    """Aware, in the zone the unit stood in."""
    is_clock_synced: bool
    context: DecisionContext
    clip_id: int
    clip_title: str
    probability: float
    reason: str
    policy: str
    candidates: tuple[Candidate, ...]
    candidates_omitted: int
    floor: float = 0.0
    """The part of ``probability`` that every eligible clip had."""
    taught: Taught | None = None
    """What its play taught."""


@dataclass(frozen=True, slots=True)
class PastPlay:
    """A play as the browser's own events prove it."""

    id: str
    decision_id: int
    visit_id: int | None
    screen: Screen
    clip_id: int
    clip_title: str
    clip_kind: ClipKind
    started_at: dt.datetime
    """Aware, in the zone the unit stood in."""
    is_clock_synced: bool
    shown_s: float
    """Seconds of the clip really shown, as far as reported."""
    is_completed: bool
    """False also for a play that the power cut."""
    error: str | None
    """What the browser said when the clip failed."""
    rating: int | None
    stars: int | None = None
    seen_before: bool | None = None


@dataclass(frozen=True, slots=True)
class BegunPlay:
    """A play that has begun and whose end is not on record."""

    at: dt.datetime
    """Aware: when the browser reported ``playing``."""
    duration_s: float
    """Of the film; 0 where its clip was removed since."""


@dataclass(frozen=True, slots=True)
class PastReaction:
    """How the watcher of one play reacted, and what they said of it."""

    reaction: Reaction
    visit_id: int | None
    clip_id: int
    clip_title: str
    """As it was when the clip was shown; it may have been deleted since."""
    abstained: int
    """Seconds that count in no ratio."""
    valence: float | None
    """Mean over the seconds that count, -1..1; None: there are none."""
    arousal: float | None
    rating: int | None
    """1 satisfied, 0 not; None: not answered, or neither."""
    stars: int | None
    seen_before: bool | None


@dataclass(frozen=True, slots=True)
class EmotionCell:
    """One of ``EMOTIONS`` in one hour of a day."""

    hour: int
    """0..23, local."""
    emotion: str
    seconds: int
    visits: int
    """In which it was seen."""


@dataclass(frozen=True, slots=True)
class EmotionHour:
    """The place's expressions in one hour of a day, in seconds; abstained ones stand apart."""

    hour: int
    """0..23, local."""
    seven: tuple[int, ...]
    """Seconds in which each of ``EMOTIONS`` had the largest probability."""
    three: tuple[int, ...]
    """The same among happiness, neutral and sadness alone, in the order of ``Expression``."""
    abstained: int = 0
    """Seconds in which the unit abstained; they count in none of the above."""
    local_date: str = ""
