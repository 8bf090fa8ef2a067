"""Campaigns on disk, and what counts as one of their plays."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from appliance.domain import Campaign, Daypart, PlaybackEvent
from appliance.errors import StoreError
from appliance.store.campaigns import CampaignStore, RecentChoices
from appliance.store.database import Database
from tests.factories import a_campaign
from tests.store.history import NOON, History, a_stamp

FULL = Campaign(
    id=0,
    name="꽃집 봄",
    advertiser="꽃집",
    starts_on=dt.date(2026, 3, 1),
    ends_on=dt.date(2026, 3, 31),
    dayparts=(Daypart(1, 420, 570), Daypart(6, 1320, 120), Daypart(7, 0, 1440)),
    share_s_per_hour=60.0,
    max_plays_per_hour=6,
    target_plays=1000,
    priority=3,
    enabled=False,
)
OPEN = a_campaign(0, name="Open", is_fallback=True)


@pytest.fixture
def store(database: Database) -> CampaignStore:
    return CampaignStore(database)


@pytest.mark.parametrize("campaign", [FULL, OPEN], ids=["full", "open"])
def test_a_campaign_reads_as_it_was_written(store: CampaignStore, campaign: Campaign) -> None:
    added = store.add(campaign)
    assert dataclasses.replace(added, id=0) == campaign
    assert store.get(added.id) == store.named(campaign.name) == added
    assert store.all() == (added,)


def test_an_update_writes_every_field(store: CampaignStore) -> None:
    added = store.add(OPEN)
    changed = dataclasses.replace(FULL, id=added.id)
    assert store.update(changed)
    assert store.all() == (changed,)
    assert not store.update(dataclasses.replace(FULL, id=99, name="Another"))


def test_a_name_is_one_campaigns(store: CampaignStore) -> None:
    store.add(OPEN)
    with pytest.raises(StoreError, match="called 'Open' already"):
        store.add(dataclasses.replace(FULL, name="Open"))
    other = store.add(FULL)
    with pytest.raises(StoreError, match="called 'Open' already"):
        store.update(dataclasses.replace(other, name="Open"))
    assert [each.name for each in store.all()] == ["Open", FULL.name]


def test_a_removed_campaign_leaves_its_clips_and_its_proof(
    store: CampaignStore, history: History, database: Database
) -> None:
    campaign, clip = store.add(FULL), history.add_clip()
    store.assign([clip.id], campaign.id)
    history.play(clip, campaign_id=campaign.id)
    assert store.assignments() == {clip.id: campaign.id}
    assert store.remove(campaign.id)
    assert not store.remove(campaign.id)
    assert store.assignments() == {}
    assert store.totals() == {}
    assert database.rows("SELECT * FROM dayparts") == []
    (play,) = database.rows("SELECT campaign_id FROM plays")
    assert play["campaign_id"] == campaign.id
    assert store.add(FULL).id > campaign.id


def test_assigning_an_unknown_clip_changes_nothing(store: CampaignStore, history: History) -> None:
    campaign, clip = store.add(FULL), history.add_clip()
    with pytest.raises(StoreError, match="there is no clip 77"):
        store.assign([clip.id, 77], campaign.id)
    assert store.assignments() == {}


def test_a_choice_counts_with_or_without_proof(store: CampaignStore, history: History) -> None:
    campaign, clip = store.add(FULL), history.add_clip(duration_s=15.0)
    at_noon = NOON + dt.timedelta(minutes=30)
    history.plan(clip, stamp=a_stamp(minutes=5), campaign_id=campaign.id)
    history.begin(clip, stamp=a_stamp(minutes=10), campaign_id=campaign.id)
    history.plan(clip, stamp=a_stamp(minutes=12))  # for no campaign
    assert store.recent(at_noon) == {campaign.id: RecentChoices(2, 1, 30.0)}
    assert store.totals() == {campaign.id: 2}


def test_a_clip_that_was_cut_counts_the_seconds_it_was_shown(
    store: CampaignStore, history: History
) -> None:
    campaign, clip = store.add(FULL), history.add_clip(duration_s=15.0)
    play = history.begin(clip, campaign_id=campaign.id)
    history.plays.record(play, PlaybackEvent.STOPPED, 4.0, "", a_stamp(seconds=4))
    assert store.recent(NOON + dt.timedelta(minutes=1))[campaign.id].shown_s_this_hour == 4.0


def test_the_hour_of_a_cap_is_any_sixty_minutes_and_of_a_share_the_clocks(
    store: CampaignStore, history: History
) -> None:
    campaign, clip = store.add(FULL), history.add_clip(duration_s=15.0)
    for minutes in (-20, -5, 5):
        history.play(clip, stamp=a_stamp(minutes=minutes), campaign_id=campaign.id)
    for minutes, plays, shown_s in ((10, 3, 15.0), (45, 2, 15.0), (59, 1, 15.0), (61, 1, 0.0)):
        recent = store.recent(NOON + dt.timedelta(minutes=minutes))[campaign.id]
        assert (recent.plays_last_hour, recent.shown_s_this_hour) == (plays, shown_s)
    assert store.recent(NOON + dt.timedelta(hours=2)) == {}
    assert store.totals() == {campaign.id: 3}


def test_a_choice_taken_back_counts_for_nothing(store: CampaignStore, history: History) -> None:
    campaign, clip = store.add(FULL), history.add_clip()
    play = history.plan(clip, campaign_id=campaign.id)
    store.withdraw(play)
    store.withdraw(play)
    assert store.totals() == {campaign.id: 0}
    assert store.recent(NOON + dt.timedelta(minutes=1)) == {}


def test_what_the_panel_began_cannot_be_taken_back(store: CampaignStore, history: History) -> None:
    campaign, clip = store.add(FULL), history.add_clip()
    begun = history.begin(clip, campaign_id=campaign.id)
    store.withdraw(begun)
    assert store.totals() == {campaign.id: 1}
    crossed = history.plan(clip, campaign_id=campaign.id)
    store.withdraw(crossed)
    history.plays.record(crossed, PlaybackEvent.PLAYING, 0.0, "", a_stamp(seconds=1))
    assert store.totals() == {campaign.id: 2}


def test_purging_old_choices_does_not_lower_what_was_played(
    store: CampaignStore, history: History, database: Database
) -> None:
    campaign, clip = store.add(FULL), history.add_clip()
    history.plan(clip, campaign_id=campaign.id)
    database.write("DELETE FROM decisions")
    assert store.totals() == {campaign.id: 1}


def test_the_recent_choices_are_found_by_index(database: Database) -> None:
    from appliance.store.campaigns import _CHOSEN

    plan = database.rows(f"EXPLAIN QUERY PLAN {_CHOSEN}", {"hour_ago": "", "full_hour": ""})
    assert any("decisions_for_campaigns" in row["detail"] for row in plan), plan
