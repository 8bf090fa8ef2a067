"""Each rule of a campaign by its name, and the plan that it is measured by."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.decision.campaign_table import CampaignCounts, CampaignState, CampaignTable
from appliance.decision.rule import Rule
from appliance.domain import Campaign, Daypart
from tests.factories import a_campaign

SEOUL = ZoneInfo("Asia/Seoul")
NOON = dt.datetime(2026, 4, 8, 12, 0, tzinfo=SEOUL)  # a Wednesday
APRIL = {"starts_on": dt.date(2026, 4, 1), "ends_on": dt.date(2026, 4, 30)}
MORNING = Daypart(3, 7 * 60, 9 * 60)
NIGHT = Daypart(2, 22 * 60, 2 * 60)  # Tuesday night


def state_of(
    campaign: Campaign,
    now: dt.datetime = NOON,
    counts: CampaignCounts | None = None,
    is_clock_set: bool = True,
) -> CampaignState:
    # Others around it: a row must not be read from its neighbour.
    table = CampaignTable(
        (a_campaign(90, target_plays=7, **APRIL), campaign, a_campaign(91, dayparts=(MORNING,)))
    )
    return table.states(counts or CampaignCounts(), now, is_clock_set=is_clock_set)[1]


@pytest.mark.parametrize(
    ("changes", "counts", "rule"),
    [
        ({}, {}, None),
        (APRIL, {}, None),
        ({"enabled": False}, {}, Rule.CAMPAIGN_PAUSED),
        ({"starts_on": dt.date(2026, 4, 9)}, {}, Rule.OUTSIDE_DATES),
        ({"starts_on": dt.date(2026, 4, 8)}, {}, None),
        ({"ends_on": dt.date(2026, 4, 7)}, {}, Rule.OUTSIDE_DATES),
        ({"ends_on": dt.date(2026, 4, 8)}, {}, None),
        ({"dayparts": (MORNING,)}, {}, Rule.OUTSIDE_DAYPARTS),
        ({"max_plays_per_hour": 2}, {"plays_last_hour": 1}, None),
        ({"max_plays_per_hour": 2}, {"plays_last_hour": 2}, Rule.HOURLY_CAP),
        ({"target_plays": 300, **APRIL}, {"plays": 74}, None),
        ({"target_plays": 300, **APRIL}, {"plays": 75}, Rule.AHEAD_OF_PLAN),
        ({"target_plays": 300, **APRIL}, {"plays": 300}, Rule.TARGET_REACHED),
        ({}, {"unproved_last_hour": 2}, None),
        ({}, {"unproved_last_hour": 3}, Rule.PROOF_MISSING),
    ],
)
def test_each_rule_speaks_under_its_name(
    changes: dict[str, Any], counts: dict[str, int], rule: Rule | None
) -> None:
    given_counts = CampaignCounts(**{name: {5: value} for name, value in counts.items()})
    assert state_of(a_campaign(5, **changes), counts=given_counts).rule is rule


@pytest.mark.parametrize("changes", [APRIL, {"dayparts": (Daypart(3, 0, 1440),)}])
def test_with_an_unset_clock_nothing_dated_plays(changes: dict[str, Any]) -> None:
    assert state_of(a_campaign(5, **changes)).rule is None
    assert state_of(a_campaign(5, **changes), is_clock_set=False).rule is Rule.CLOCK_NOT_SET
    assert state_of(a_campaign(5), is_clock_set=False).rule is None


@pytest.mark.parametrize(
    ("first", "last", "at", "rule"),
    [
        (7, 7, "2026-04-07T23:00", None),
        (7, 7, "2026-04-08T01:59", None),  # of the campaign's last day
        (7, 7, "2026-04-08T02:00", Rule.OUTSIDE_DATES),
        (8, 9, "2026-04-08T01:00", Rule.OUTSIDE_DAYPARTS),  # of the day before its first
    ],
)
def test_an_overnight_window_belongs_to_its_start_day(
    first: int, last: int, at: str, rule: Rule | None
) -> None:
    campaign = a_campaign(
        5,
        starts_on=dt.date(2026, 4, first),
        ends_on=dt.date(2026, 4, last),
        dayparts=(NIGHT,),
    )
    now = dt.datetime.fromisoformat(at).replace(tzinfo=SEOUL)
    assert state_of(campaign, now).rule is rule


def test_a_share_is_planned_over_the_part_of_the_hour_inside_the_dayparts() -> None:
    campaign = a_campaign(5, share_s_per_hour=60.0, dayparts=(Daypart(3, 12 * 60 + 30, 14 * 60),))
    planned = {
        minute: state_of(campaign, NOON + dt.timedelta(minutes=minute)).planned_s_this_hour
        for minute in (20, 30, 45, 59, 60, 90)
    }
    assert planned == {20: 0, 30: 0, 45: 15, 59: 29, 60: 0, 90: 30}


def test_what_was_shown_this_hour_holds_a_share_back() -> None:
    campaign, now = a_campaign(5, share_s_per_hour=60.0), NOON + dt.timedelta(minutes=30)
    for shown_s, rule in ((29.0, None), (30.0, Rule.AHEAD_OF_PLAN)):
        counts = CampaignCounts(shown_s_this_hour={5: shown_s})
        assert state_of(campaign, now, counts).rule is rule


windows = st.lists(
    st.sampled_from([MORNING, NIGHT, Daypart(7, 23 * 60, 1 * 60), Daypart(5, 0, 1440)]),
    unique=True,
    max_size=4,
)


@given(
    parts=windows,
    first=st.dates(dt.date(2024, 2, 1), dt.date(2028, 3, 1)),
    days=st.integers(0, 40),
    minutes=st.integers(-1000, 60_000),
)
def test_planned_plays_are_the_share_of_the_windows_minutes_gone_by(
    parts: list[Daypart], first: dt.date, days: int, minutes: int
) -> None:
    """Against a walk over every window of every day of the campaign."""
    last = first + dt.timedelta(days=days)
    campaign = a_campaign(5, starts_on=first, ends_on=last, dayparts=tuple(parts), target_plays=100)
    now = dt.datetime.combine(first, dt.time()) + dt.timedelta(minutes=minutes)
    spans = []
    for number in range(days + 1):
        midnight = dt.datetime.combine(first + dt.timedelta(days=number), dt.time())
        for part in parts or [Daypart(midnight.isoweekday(), 0, 1440)]:
            if part.weekday == midnight.isoweekday():
                length = (part.ends_min - part.starts_min) % 1440 or 1440
                start = midnight + dt.timedelta(minutes=part.starts_min)
                spans.append((start, start + dt.timedelta(minutes=length)))
    total = sum((end - start).total_seconds() for start, end in spans)
    gone = sum(max(0.0, (min(now, end) - start).total_seconds()) for start, end in spans)
    expected = 100 * gone / total if total else 0.0
    planned = state_of(campaign, now.replace(tzinfo=SEOUL)).planned_plays
    assert planned == pytest.approx(expected, abs=1e-6)


@given(plays=st.integers(0, 400), unproved=st.integers(0, 5), cap=st.integers(0, 30))
def test_more_choices_without_proof_never_let_a_campaign_play(
    plays: int, unproved: int, cap: int
) -> None:
    """Counting one more, proved or not, may stop a campaign but never start it."""
    campaign = a_campaign(5, target_plays=300, max_plays_per_hour=20, **APRIL)
    counts = CampaignCounts(
        plays={5: plays}, unproved_last_hour={5: unproved}, plays_last_hour={5: cap}
    )
    more = dataclasses.replace(counts, plays={5: plays + 1}, unproved_last_hour={5: unproved + 1})
    if state_of(campaign, counts=counts).rule is not None:
        assert state_of(campaign, counts=more).rule is not None


def test_no_campaigns_at_all() -> None:
    assert CampaignTable().states(CampaignCounts(), NOON, is_clock_set=True) == ()
