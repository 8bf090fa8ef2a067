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
    thumbnail_sha256: str | None = None
    """None: not noted when it was made."""
    enabled: bool = True
    approved: bool = True
    is_starter: bool = False
    tags: tuple[str, ...] = ()
    """Words of the editor's own, which rules refer to; in alphabetical order."""
    original_sha256: str | None = None
    """Of the file as it was handed in; None: it was taken as it is, see ``sha256``."""


@dataclass(frozen=True, slots=True)
class PictureMood:
    """What a picture does to those who see it, as told by a network."""

    probabilities: tuple[float, ...]
    """One per ``Mood``, in its order; they sum to 1."""
    valence: float
    """-1..1, 0: neither pleasant nor unpleasant among pictures."""
    arousal: float
    """-1..1, 0: as exciting as pictures are on average."""

    @property
    def mood(self) -> Mood:
        """The most probable one."""
        moods = tuple(Mood)
        return moods[self.probabilities.index(max(self.probabilities))]


@dataclass(frozen=True, slots=True)
class AffectPoint:
    """What a clip does to those who see it at one moment; both -1..1."""

    t_s: float
    valence: float
    arousal: float


@dataclass(frozen=True, slots=True)
class ClipAffect:
    """Valence and arousal of a clip as a whole and over time; both -1..1."""

    valence: float
    arousal: float
    curve: tuple[AffectPoint, ...]


@dataclass(frozen=True, slots=True)
class Daypart:
    """A weekly window by the local wall clock; one that ends next day belongs to its first day."""

    weekday: int
    """ISO: 1 Monday .. 7 Sunday; the day on which the window starts."""
    starts_min: int
    """Minutes after midnight, 0..1439."""
    ends_min: int
    """Exclusive, 1..1440; less than ``starts_min``: on the next day."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """An advertiser's order; its dayparts, caps and targets decide when its clips may play."""

    id: int
    name: str
    advertiser: str
    starts_on: dt.date | None = None
    """First local day; None: has begun."""
    ends_on: dt.date | None = None
    """Last local day, included; None: until it is removed."""
    dayparts: tuple[Daypart, ...] = ()
    """Empty: at any time."""
    share_s_per_hour: float | None = None
    """Share of voice: seconds on screen promised for each hour within the dayparts."""
    max_plays_per_hour: int | None = None
    """Frequency cap on this screen, over any sixty minutes."""
    target_plays: int | None = None
    """Plays promised in all, spread evenly over dates and dayparts, and never more."""
    priority: int = 0
    """0..9; a higher one goes first."""
    is_fallback: bool = False
    """Plays whenever nothing else may, whatever the dates, and never otherwise."""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the place; every field is part of a choice's context."""

    season: Season
    day_time: DayTime
    weather: Weather | None = None
