"""Campaigns and the operator's rules in the running unit: real database, stepped clock."""

from __future__ import annotations

import dataclasses

import pytest

from appliance.config.load import parse_settings
from appliance.daemon import director
from appliance.daemon.campaign_book import CampaignBook
from appliance.domain import AudienceMoment, ClipKind, PlaybackEvent, Screen, Weather
from appliance.messages import MomentObserved, SurroundingsChanged
from appliance.store.campaigns import CampaignStore
from appliance.store.clips import ClipStore
from appliance.store.database import open_database
from appliance.store.stamp import Stamp
from tests.daemon.test_control_loop import HAPPY, SPRING_DAY, Rig
from tests.factories import a_campaign, a_clip, a_leader

LOOP_ADS = "[loop]\nads = true\n"
STORM = """
[[rules]]
name = "storm"
when = [{metric = "weather", condition = "eq", value = "rain"}]
then = {interrupt = true, tag = "storm"}
"""
CROWD = """
[[rules]]
name = "crowd"
when = [{metric = "faces", condition = "gte", value = 3}]
then = {interrupt = true, tag = "storm"}
"""
RAIN = dataclasses.replace(SPRING_DAY, weather=Weather.RAIN)


def a_rig(folder, settings="", tags=()) -> Rig:
    """Two healing clips and two ads (1 and 3); ``tags`` go to the second healing clip."""
    rig = Rig(folder, clips=4, settings=parse_settings(settings, where="test"))
    with open_database(folder / "appliance.db") as other:
        for tag in tags:
            clip = a_clip(kind=ClipKind.HEALING, file="t.mp4", sha256="t", tags=(tag,), title="T")
            (rig.clips_dir / clip.file).touch()
            ClipStore(other).add(clip, Stamp(rig.clock.local))
    rig.wait(3)
    return rig


def with_campaign(rig: Rig, *clip_ids: int, **changes) -> int:
    """Written by another process, as the command line does."""
    with open_database(rig.database.path) as other:
        store = CampaignStore(other)
        campaign = store.add(a_campaign(0, **changes))
        store.assign(clip_ids, campaign.id)
    rig.wait(3)
    return campaign.id


def play_on(rig: Rig, times: int) -> None:
    """Let the loop's clips play to their end."""
    for _ in range(times):
        rig.report(PlaybackEvent.PLAYING)
        rig.clock.advance(10)
        rig.report(PlaybackEvent.ENDED, position_s=10.0)


def titles(rig: Rig, where: str = "1") -> list[str]:
    rows = rig.rows(f"SELECT clip_title FROM decisions WHERE {where} ORDER BY id")
    return [row["clip_title"] for row in rows]


def test_a_due_campaign_is_shown_to_the_watcher_and_counted(tmp_path):
    rig = a_rig(tmp_path)
    campaign_id = with_campaign(rig, 1, share_s_per_hour=600.0)
    rig.clock.advance(600)
    rig.report(PlaybackEvent.PLAYING)
    rig.see(a_leader(scores=HAPPY))
    assert rig.state.screen is Screen.SHOW
    assert rig.state.play.clip.id == 1
    (row,) = rig.rows("SELECT campaign_id, probability FROM decisions WHERE screen = 'show'")
    assert (row["campaign_id"], row["probability"]) == (campaign_id, 1.0)
    assert CampaignStore(rig.database).totals() == {campaign_id: 1}
    rig.database.close()


@pytest.mark.parametrize(("settings", "is_shown"), [("", False), (LOOP_ADS, True)])
def test_a_sponsor_is_in_the_loop_only_when_switched_on(tmp_path, settings, is_shown):
    rig = a_rig(tmp_path, settings)
    campaign_id = with_campaign(rig, 1, share_s_per_hour=900.0)
    play_on(rig, 60)
    counted = len(titles(rig, f"campaign_id = {campaign_id}"))
    # Ten minutes of an hour at 900 s: 150 s, clips of 10 s.
    assert counted == pytest.approx(15, abs=2) if is_shown else counted == 0
    assert titles(rig, "clip_id = 3") == []
    rig.database.close()


def test_a_clip_dropped_before_it_came_on_is_taken_back(tmp_path):
    rig = a_rig(tmp_path, LOOP_ADS)
    campaign_id = with_campaign(rig, 1, share_s_per_hour=3600.0)
    store = CampaignStore(rig.database)
    for _ in range(10):
        if rig.state.next_play is not None and rig.state.next_play.clip.id == 1:
            break
        play_on(rig, 1)
        rig.report(PlaybackEvent.PLAYING)
    before = store.totals()[campaign_id]
    assert rig.state.next_play.clip.id == 1
    rig.see(a_leader(scores=HAPPY))
    assert rig.state.screen is Screen.SHOW
    chosen_now = int(rig.state.play.clip.id == 1)
    assert store.totals()[campaign_id] == before - 1 + chosen_now
    rig.database.close()


def test_choices_without_proof_stop_a_campaign_for_an_hour(tmp_path):
    rig = a_rig(tmp_path, LOOP_ADS)
    campaign_id = with_campaign(rig, 1, share_s_per_hour=3600.0)
    for _ in range(40):  # the panel reports the other clips, never this one
        if rig.state.play.clip.id == 1:
            rig.report(PlaybackEvent.ERROR)
        else:
            play_on(rig, 1)
    assert len(titles(rig, f"campaign_id = {campaign_id}")) == 3
    rig.database.close()


def test_with_an_unset_clock_only_the_undated_play(tmp_path):
    rig = a_rig(tmp_path, LOOP_ADS)
    with_campaign(rig, 1, starts_on=rig.clock.local.date(), share_s_per_hour=3600.0)
    rig.clock.is_synced = False
    before = len(titles(rig, "campaign_id IS NOT NULL"))
    rig.wait(1)
    play_on(rig, 5)
    upcoming = rig.state.next_play.clip.id if rig.state.next_play else 0
    assert len(titles(rig, "campaign_id IS NOT NULL")) == before
    assert upcoming != 1
    rig.clock.is_synced = True
    play_on(rig, 5)
    assert len(titles(rig, "campaign_id IS NOT NULL")) > before
    rig.database.close()


def test_totals_survive_a_restart(tmp_path):
    rig = a_rig(tmp_path, LOOP_ADS)
    campaign_id = with_campaign(
        rig,
        1,
        target_plays=2,
        starts_on=rig.clock.local.date(),
        ends_on=rig.clock.local.date(),
    )
    play_on(rig, 10)
    assert CampaignStore(rig.database).totals() == {campaign_id: 2}
    book = CampaignBook(rig.database)
    assert book.read()
    assert book.moment(rig.clock.now()).counts.plays == {campaign_id: 2}
    rig.database.close()


def test_an_interrupt_cuts_the_loop_once_and_keeps_to_its_tag(tmp_path):
    rig = a_rig(tmp_path, STORM, tags=("storm",))
    while rig.state.play.clip.title == "T":
        play_on(rig, 1)
    rig.report(PlaybackEvent.PLAYING)
    cut = rig.state.play
    rig.send(SurroundingsChanged(RAIN))
    assert rig.state.play.clip.title == "T"
    assert rig.state.play.id != cut.id
    shown = rig.state.play
    for _ in range(8):
        rig.wait(0.25)
    assert rig.state.play == shown
    play_on(rig, 3)
    assert set(titles(rig, f"id > {shown.decision_id - 1}")) == {"T"}
    (row,) = rig.rows("SELECT reason FROM decisions ORDER BY id DESC LIMIT 1")
    assert "rule 'storm' keeps to clips tagged storm" in row["reason"]
    rig.send(SurroundingsChanged(SPRING_DAY))
    play_on(rig, 4)
    assert set(titles(rig, f"id > {shown.decision_id + 4}")) != {"T"}
    rig.database.close()


def test_the_library_is_not_looked_through_while_all_that_is_loaded_fits(tmp_path, monkeypatch):
    looked = []
    rig = a_rig(tmp_path, STORM, tags=("storm",))
    rig.report(PlaybackEvent.PLAYING)
    rig.send(SurroundingsChanged(RAIN))
    rig.report(PlaybackEvent.PLAYING)
    assert {rig.state.play.clip.title, rig.state.next_play.clip.title} == {"T"}
    sift = director.sift
    monkeypatch.setattr(director, "sift", lambda *a, **k: looked.append(1) or sift(*a, **k))
    for _ in range(4):
        rig.wait(0.25)
    assert looked == []
    rig.report(PlaybackEvent.ENDED)
    rig.wait(0.25)
    assert looked
    rig.database.close()


def test_an_interrupt_without_a_clip_leaves_the_loop_alone(tmp_path):
    rig = a_rig(tmp_path, STORM)
    rig.report(PlaybackEvent.PLAYING)
    running, upcoming = rig.state.play, rig.state.next_play
    rig.send(SurroundingsChanged(RAIN))
    for _ in range(4):
        rig.wait(0.25)
    assert (rig.state.play, rig.state.next_play) == (running, upcoming)
    play_on(rig, 2)
    (row,) = rig.rows("SELECT reason FROM decisions ORDER BY id DESC LIMIT 1")
    assert "no clip tagged storm may play" in row["reason"]
    rig.database.close()


def test_an_interrupt_waits_while_a_watcher_is_shown_something(tmp_path):
    rig = a_rig(tmp_path, STORM, tags=("storm",))
    rig.to_rating()
    asked = rig.state.play
    rig.send(SurroundingsChanged(RAIN))
    assert (rig.state.screen, rig.state.play) == (Screen.RATING, asked)
    rig.database.close()


def test_faces_before_the_loop_can_interrupt_it(tmp_path):
    rig = a_rig(tmp_path, CROWD, tags=("storm",))
    while rig.state.play.clip.title == "T":
        play_on(rig, 1)
    rig.report(PlaybackEvent.PLAYING)
    rig.send(MomentObserved(AudienceMoment(rig.clock.now_s, 2, None)))
    assert rig.state.play.clip.title != "T"
    rig.send(MomentObserved(AudienceMoment(rig.clock.now_s, 3, None)))
    assert rig.state.play.clip.title == "T"
    rig.database.close()


def test_a_rating_is_known_to_the_next_choice(tmp_path):
    # Ads alone: the loop's clips do not make the rated one rest.
    rig = a_rig(tmp_path, '[session]\nshow_kinds = ["ad"]\n')
    rig.to_rating()
    rig.rate(1)
    for _ in range(3):
        rig.wait(30)
    rig.report(PlaybackEvent.PLAYING)
    rig.see(a_leader(7, scores=HAPPY))
    (row,) = rig.rows("SELECT candidates FROM decisions ORDER BY id DESC LIMIT 1")
    assert '"ratings":1' in row["candidates"]
    rig.database.close()
