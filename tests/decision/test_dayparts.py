"""Weekly windows go by the wall clock, on the days the clocks are changed too."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.decision.dayparts import WeekPattern, first_overlap, started_on
from appliance.domain import Daypart

ZONES = [
    ZoneInfo(name)
    for name in ("Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
]
BERLIN = ZONES[1]
OVERNIGHT = Daypart(6, 22 * 60, 3 * 60)  # Saturday night

instants = st.integers(1_704_067_200, 1_893_456_000).map(  # 2024..2030, leap days included
    lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC)
)
dayparts = st.builds(Daypart, st.integers(1, 7), st.integers(0, 1439), st.integers(1, 1440)).filter(
    lambda part: part.starts_min != part.ends_min
)


def is_shown(daypart: Daypart, weekday: int, time: dt.time) -> bool:
    """The definition, on what the clock on the wall shows and nothing else."""
    minute = time.hour * 60 + time.minute
    if daypart.starts_min < daypart.ends_min:
        return weekday == daypart.weekday and daypart.starts_min <= minute < daypart.ends_min
    next_day = daypart.weekday % 7 + 1
    return (weekday == daypart.weekday and minute >= daypart.starts_min) or (
        weekday == next_day and minute < daypart.ends_min
    )


@given(daypart=dayparts, instant=instants, zone=st.sampled_from(ZONES))
def test_an_instant_is_inside_iff_the_wall_clock_is(
    daypart: Daypart, instant: dt.datetime, zone: ZoneInfo
) -> None:
    local = instant.astimezone(zone)
    day = started_on(daypart, local)
    assert (day is not None) == is_shown(daypart, local.isoweekday(), local.time())
    assert any(WeekPattern([daypart]).started_on(local)) == (day is not None)
    if day is not None:
        assert day.isoweekday() == daypart.weekday
        assert (local.date() - day).days in (0, 1)


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        # Berlin, 29 March 2026: at 02:00 the clocks show 03:00, and the window is over.
        ("2026-03-28T21:00", dt.date(2026, 3, 28)),
        ("2026-03-29T00:59", dt.date(2026, 3, 28)),
        ("2026-03-29T01:00", None),
        # 25 October 2026: from 02:00 to 03:00 twice, both times inside.
        ("2026-10-25T00:30", dt.date(2026, 10, 24)),
        ("2026-10-25T01:30", dt.date(2026, 10, 24)),
        ("2026-10-25T02:00", None),
    ],
)
def test_an_overnight_window_over_a_change_of_the_clocks(utc: str, day: dt.date | None) -> None:
    local = dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC).astimezone(BERLIN)
    assert started_on(OVERNIGHT, local) == day


def test_the_29th_of_february_is_a_day_like_others() -> None:
    leap = dt.datetime(2028, 2, 29, 23, 0, tzinfo=ZONES[0])  # a Tuesday
    night = Daypart(2, 22 * 60, 60)
    assert started_on(night, leap) == leap.date()
    assert started_on(night, leap + dt.timedelta(hours=1, minutes=59)) == leap.date()
    assert started_on(night, leap + dt.timedelta(hours=2)) is None


@given(parts=st.lists(dayparts, max_size=4), zone=st.sampled_from(ZONES), instant=instants)
def test_what_has_gone_by_is_the_sum_of_the_minutes_inside(
    parts: list[Daypart], zone: ZoneInfo, instant: dt.datetime
) -> None:
    local = instant.astimezone(zone).replace(second=0, microsecond=0)
    minute = local.hour * 60 + local.minute
    pattern = WeekPattern(parts)
    today, yesterday = local.isoweekday(), (local.isoweekday() - 2) % 7 + 1
    gone_yesterday, gone_today = pattern.gone_min(local)
    by_minute = [
        [part for part in parts if is_shown(part, today, dt.time(m // 60, m % 60))]
        for m in range(minute)
    ]
    started_today = sum(
        part.weekday == today and m >= part.starts_min
        for m, open_parts in enumerate(by_minute)
        for part in open_parts
    )
    if parts:
        assert gone_today == started_today
        assert gone_yesterday <= pattern.day_totals_min[yesterday - 1]
    else:
        assert (gone_yesterday, gone_today) == (1440, minute)


@given(parts=st.lists(dayparts, max_size=4))
def test_overlap_is_a_minute_of_the_week_in_two_windows(parts: list[Daypart]) -> None:
    shared = any(
        sum(is_shown(part, day, dt.time(minute // 60, minute % 60)) for part in parts) > 1
        for day in range(1, 8)
        for minute in {part.starts_min for part in parts} | {0}
    )
    assert (first_overlap(parts) is not None) == shared
