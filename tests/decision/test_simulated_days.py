"""Whole days from empty to busy: what was promised is played, where there was the opportunity."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain import Campaign, ClipKind, Daypart
from tests.decision.simulated_day import Day, arrivals, loop_of, simulate
from tests.factories import a_campaign, a_clip

SEOUL = ZoneInfo("Asia/Seoul")
DATE = dt.date(2026, 4, 8)
OPENS = dt.datetime(2026, 4, 8, 8, 0, tzinfo=SEOUL)
CLOSES = OPENS + dt.timedelta(hours=12)
OPEN_HOURS = (Daypart(3, 8 * 60, 20 * 60),)
ONE_DAY = {"starts_on": DATE, "ends_on": DATE, "dayparts": OPEN_HOURS}

HEALING = [a_clip(number, kind=ClipKind.HEALING) for number in (1, 2, 3)]
ADS = [a_clip(number, duration_s=15.0) for number in (11, 12, 13, 14)]
CLIPS = [*HEALING, *ADS]


def day_of(campaigns: list[Campaign], per_hour: float, *, loop: bool = False) -> Day:
    """Each campaign has one ad; visits, and the loop's places if it takes ads."""
    opportunities = [*arrivals(OPENS, CLOSES, per_hour)]
    if loop:
        opportunities += loop_of(OPENS, CLOSES, 30.0)
    assignments = {ad.id: campaign.id for ad, campaign in zip(ADS, campaigns, strict=False)}
    return simulate(CLIPS, campaigns, assignments, sorted(opportunities))


@pytest.mark.parametrize("per_hour", [20, 120])
def test_targets_are_met_to_one_play_where_there_are_visits_enough(per_hour: int) -> None:
    campaigns = [
        a_campaign(1, target_plays=30, **ONE_DAY),
        a_campaign(2, target_plays=12, **ONE_DAY),
    ]
    day = day_of(campaigns, per_hour)
    for campaign in campaigns:
        assert day.plays[campaign.id] == pytest.approx(campaign.target_plays, abs=1)
    assert day.plays.total() == day.opportunities


@pytest.mark.parametrize("per_hour", [0, 1])
def test_what_could_not_be_played_is_told(per_hour: int) -> None:
    campaign = a_campaign(1, target_plays=60, **ONE_DAY)
    day = day_of([campaign], per_hour)
    assert day.opportunities < 30
    # Always behind, so it has every place but the ones right after a play of its own.
    assert day.shortfall(campaign) == 60 - (day.opportunities + 1) // 2


@settings(max_examples=8)
@given(
    st.lists(st.integers(1, 25), min_size=1, max_size=4), st.integers(0, 3), st.integers(1, 10_000)
)
def test_whatever_was_promised_on_a_day_with_visits_enough(
    targets: list[int], spare: int, seed: int
) -> None:
    """Enough: to each promised play at least six visits, as they come at random moments."""
    campaigns = [
        a_campaign(number, target_plays=target, **ONE_DAY)
        for number, target in enumerate(targets, 1)
    ]
    per_hour = (6 + spare) * max(sum(targets), 24) / 12
    opportunities = [*arrivals(OPENS, CLOSES, per_hour, seed)]
    assignments = {ad.id: campaign.id for ad, campaign in zip(ADS, campaigns, strict=False)}
    day = simulate(CLIPS, campaigns, assignments, opportunities)
    for campaign in campaigns:
        assert day.shortfall(campaign) <= 1
        assert day.plays[campaign.id] <= (campaign.target_plays or 0)


@pytest.mark.parametrize("per_hour", [0, 1, 20, 120])
def test_with_ads_in_the_loop_an_empty_place_keeps_its_promises_too(per_hour: int) -> None:
    campaigns = [
        a_campaign(1, target_plays=100, **ONE_DAY),
        a_campaign(2, target_plays=7, **ONE_DAY),
    ]
    day = day_of(campaigns, per_hour, loop=True)
    assert [day.plays[1], day.plays[2]] == pytest.approx([100, 7], abs=1)


def test_a_target_is_spread_over_the_day() -> None:
    day = day_of([a_campaign(1, target_plays=48, **ONE_DAY)], 120)
    by_hour = [0] * 12
    for moment in day.moments[1]:
        by_hour[moment.hour - 8] += 1
    assert by_hour == pytest.approx([4] * 12, abs=1)


@pytest.mark.parametrize("per_hour", [0, 20, 120])
def test_a_share_of_voice_is_kept_in_every_hour_to_one_play(per_hour: int) -> None:
    campaigns = [a_campaign(1, share_s_per_hour=120.0, dayparts=OPEN_HOURS)]
    campaigns.append(a_campaign(2, share_s_per_hour=60.0))
    day = day_of(campaigns, per_hour, loop=True)
    for hour in range(12):
        start = OPENS + dt.timedelta(hours=hour)
        assert day.shown_s[1, start] == pytest.approx(120, abs=15)
        assert day.shown_s[2, start] == pytest.approx(60, abs=15)


def test_a_cap_holds_over_any_sixty_minutes() -> None:
    campaign = a_campaign(1, target_plays=10_000, max_plays_per_hour=5, **ONE_DAY)
    moments = day_of([campaign], 120).moments[1]
    assert len(moments) >= 12 * 5 - 5
    for first, sixth in zip(moments, moments[5:], strict=False):
        assert sixth - first >= dt.timedelta(hours=1)


def test_too_many_promises_fall_short_in_proportion() -> None:
    campaigns = [
        a_campaign(1, target_plays=1200, **ONE_DAY),
        a_campaign(2, target_plays=600, **ONE_DAY),
    ]
    # Two ads each: the only ad of a campaign never plays twice in a row.
    ads = {11: 1, 12: 1, 13: 2, 14: 2}
    day = simulate(CLIPS, campaigns, ads, [*arrivals(OPENS, CLOSES, 75)])
    assert day.shortfall(campaigns[0]) > 0
    kept = [day.plays[each.id] / (each.target_plays or 1) for each in campaigns]
    assert kept[0] == pytest.approx(kept[1], abs=0.02)


def test_a_higher_priority_goes_first_as_long_as_it_may() -> None:
    campaigns = [
        a_campaign(1, target_plays=40, **ONE_DAY),
        a_campaign(2, target_plays=40, priority=5, **ONE_DAY),
    ]
    day = day_of(campaigns, 4)
    assert day.plays[2] >= day.plays[1]
    assert day.plays[2] >= min(40, day.opportunities) * 0.45


def test_outside_the_dayparts_nothing_of_it_plays() -> None:
    campaign = a_campaign(1, share_s_per_hour=600.0, dayparts=(Daypart(3, 9 * 60, 10 * 60),))
    moments = day_of([campaign], 120, loop=True).moments[1]
    assert {moment.hour for moment in moments} == {9}


def test_without_proof_of_play_a_campaign_gets_less_and_never_makes_up_for_it() -> None:
    campaign = a_campaign(1, target_plays=120, **ONE_DAY)
    opportunities = [*arrivals(OPENS, CLOSES, 60)]
    mends = OPENS + dt.timedelta(hours=6)
    proved = simulate(CLIPS, [campaign], {11: 1}, opportunities)
    silent = simulate(CLIPS, [campaign], {11: 1}, opportunities, proof_from=CLOSES)
    mended = simulate(CLIPS, [campaign], {11: 1}, opportunities, proof_from=mends)
    assert proved.plays[1] == pytest.approx(120, abs=1)
    assert silent.plays[1] <= 3 * 13
    assert silent.plays[1] < mended.plays[1] <= proved.plays[1]


def test_the_days_of_a_campaign_share_its_target() -> None:
    """Two days, the first one empty: the second catches up, for the target is the whole's."""
    dates = {"starts_on": DATE, "ends_on": DATE + dt.timedelta(days=1)}
    campaign = a_campaign(1, target_plays=40, **dates)
    tomorrow = OPENS + dt.timedelta(days=1)
    opportunities = [*arrivals(tomorrow, tomorrow + dt.timedelta(hours=16), 60)]
    day = simulate(CLIPS, [campaign], {11: 1}, opportunities)
    assert day.plays[1] == pytest.approx(40, abs=1)
