"""Season by month and hemisphere, time of day by the hour."""

from __future__ import annotations

import datetime as dt

import pytest

from appliance.domain import DayTime, Season
from appliance.surroundings.season import day_time_of, season_of


@pytest.mark.parametrize(
    ("day", "season"),
    [
        ("2026-03-01", Season.SPRING),
        ("2026-05-31", Season.SPRING),
        ("2026-06-01", Season.SUMMER),
        ("2026-08-31", Season.SUMMER),
        ("2026-09-01", Season.AUTUMN),
        ("2026-11-30", Season.AUTUMN),
        ("2026-12-01", Season.WINTER),
        ("2026-01-01", Season.WINTER),
        ("2027-02-28", Season.WINTER),
        ("2028-02-29", Season.WINTER),
        ("2028-03-01", Season.SPRING),
    ],
)
def test_northern_seasons_change_with_the_month(day: str, season: Season) -> None:
    assert season_of(dt.date.fromisoformat(day), "north") is season


def test_the_south_is_half_a_year_away() -> None:
    opposite = {
        Season.SPRING: Season.AUTUMN,
        Season.SUMMER: Season.WINTER,
        Season.AUTUMN: Season.SPRING,
        Season.WINTER: Season.SUMMER,
    }
    for month in range(1, 13):
        day = dt.date(2026, month, 15)
        assert season_of(day, "south") is opposite[season_of(day, "north")]
    assert season_of(dt.date(2028, 2, 29), "south") is Season.SUMMER


@pytest.mark.parametrize(
    ("time", "day_time"),
    [
        ("00:00", DayTime.NIGHT),
        ("04:59", DayTime.NIGHT),
        ("05:00", DayTime.MORNING),
        ("10:59", DayTime.MORNING),
        ("11:00", DayTime.DAY),
        ("16:59", DayTime.DAY),
        ("17:00", DayTime.EVENING),
        ("20:59", DayTime.EVENING),
        ("21:00", DayTime.NIGHT),
        ("23:59", DayTime.NIGHT),
    ],
)
def test_times_of_day_change_on_the_hour(time: str, day_time: DayTime) -> None:
    assert day_time_of(dt.datetime.fromisoformat(f"2026-03-10T{time}")) is day_time
