"""Season and time of day, from the date, the hour and the hemisphere alone."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from appliance.domain import DayTime, Season

_NORTH = (Season.WINTER, Season.SPRING, Season.SUMMER, Season.AUTUMN)
_STARTS = ((5, DayTime.MORNING), (11, DayTime.DAY), (17, DayTime.EVENING), (21, DayTime.NIGHT))
"""Local hour at which each time of day begins."""


def season_of(day: dt.date, hemisphere: Literal["north", "south"] = "north") -> Season:
    """The meteorological season: whole months, spring from 1 March in the north."""
    quarter = day.month % 12 // 3
    return _NORTH[(quarter + 2) % 4 if hemisphere == "south" else quarter]


def day_time_of(now: dt.datetime) -> DayTime:
    """Morning from 5, day from 11, evening from 17, night from 21 o'clock; ``now`` is local."""
    current = DayTime.NIGHT
    for hour, day_time in _STARTS:
        if now.hour >= hour:
            current = day_time
    return current
