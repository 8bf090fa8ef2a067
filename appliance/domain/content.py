"""What can be shown, and where the unit stands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from appliance.domain.vocabulary import ClipKind, DayTime, Expression, Mood, Season, Weather


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
