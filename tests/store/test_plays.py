"""Proof of play: appended, never changed, folded into one row per play."""

from __future__ import annotations

import pytest

from appliance.domain import PlaybackEvent, Screen
from appliance.errors import StoreError
from appliance.messages import Answer
from appliance.store.database import Database
from appliance.store.stamp import Stamp
from tests.store.history import NOON, STAMP, History, a_stamp

PLAYING, ENDED = PlaybackEvent.PLAYING, PlaybackEvent.ENDED


def test_repeating_a_report_changes_nothing(history: History, database: Database) -> None:
    play = history.plan(history.add_clip())
    assert history.plays.record(play, PLAYING, 0, "", STAMP) is Answer.DONE
    assert history.plays.record(play, PLAYING, 5, "", a_stamp(seconds=5)) is Answer.ALREADY
    assert [row["position_s"] for row in database.rows("SELECT * FROM play_events")] == [0]


def test_a_play_that_nobody_planned_is_unknown(history: History, database: Database) -> None:
    assert history.plays.record("made-up", PLAYING, 0, "", STAMP) is Answer.UNKNOWN
    assert database.rows("SELECT * FROM play_events") == []


def test_a_play_without_playing_is_not_a_play(history: History) -> None:
    play = history.plan(history.add_clip())
    history.plays.record(play, PlaybackEvent.ERROR, 0, "no decoder", STAMP)
    assert history.plays.details(play) is None
    assert history.plays.last() is None


def test_a_play_to_its_end(history: History) -> None:
    clip = history.add_clip(title="Sea")
    visit = history.visits.start(1, STAMP)
    past = history.plays.details(history.play(clip, rating=0, visit_id=visit))
    assert past is not None
    assert past.is_completed
    assert (past.shown_s, past.error, past.rating) == (10.0, None, 0)
    assert (past.clip_id, past.clip_title, past.clip_kind) == (clip.id, "Sea", clip.kind)
    assert (past.screen, past.visit_id, past.started_at) == (Screen.SHOW, visit, NOON)


def test_a_play_cut_by_the_power_is_there_but_not_completed(history: History) -> None:
    past = history.plays.details(history.begin(history.add_clip()))
    assert past is not None
    assert (past.is_completed, past.error, past.rating) == (False, None, None)


def test_a_play_taken_off_tells_how_much_was_shown(history: History) -> None:
    play = history.begin(history.add_clip())
    history.plays.record(play, PlaybackEvent.STOPPED, 4.5, "", a_stamp(seconds=5))
    past = history.plays.details(play)
    assert past is not None
    assert (past.is_completed, past.shown_s) == (False, 4.5)


def test_a_failed_play_says_why(history: History) -> None:
    play = history.begin(history.add_clip())
    history.plays.record(play, PlaybackEvent.ERROR, 2, "stalled", a_stamp(seconds=3))
    past = history.plays.details(play)
    assert past is not None
    assert (past.error, past.is_completed) == ("stalled", False)


def test_a_play_is_marked_when_the_clock_was_not_set(history: History) -> None:
    past = history.plays.details(history.play(history.add_clip(), stamp=Stamp(NOON, False)))
    assert past is not None
    assert not past.is_clock_synced


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE play_events SET position_s = 99",
        "DELETE FROM play_events",
        "INSERT OR REPLACE INTO play_events SELECT * FROM play_events",
        "REPLACE INTO play_events SELECT id + 100, play_id, event, at, local_date,"
        " tz_offset_minutes, clock_synced, 99, detail, decision_id, visit_id, screen, clip_id,"
        " clip_title, clip_kind, campaign_id, chain, film_sha256 FROM play_events",
    ],
)
def test_proof_is_append_only(history: History, database: Database, sql: str) -> None:
    history.play(history.add_clip())
    before = database.rows("SELECT * FROM play_events")
    with pytest.raises(StoreError, match="append-only"):
        database.write(sql)
    assert database.rows("SELECT * FROM play_events") == before


def test_a_stated_purge_takes_only_what_is_older(history: History, database: Database) -> None:
    clip = history.add_clip()
    history.begin(clip)
    young = history.begin(clip, a_stamp(days=2))
    limit = a_stamp(days=1).utc_text
    with database.transaction():
        database.insert("meta", {"key": "play_events_purge_before", "value": limit})
        with pytest.raises(StoreError, match="append-only"):
            database.write("DELETE FROM play_events")
        assert database.write("DELETE FROM play_events WHERE at < :at", {"at": limit}) == 1
        database.write("DELETE FROM meta WHERE key = 'play_events_purge_before'")
    assert [row["play_id"] for row in database.rows("SELECT * FROM plays")] == [young]


def test_a_planned_play_is_found_again_with_its_clip(history: History) -> None:
    clip = history.add_clip()
    play_id = history.plan(clip)
    play = history.plays.get(play_id)
    assert play is not None
    assert (play.id, play.clip, play.visit_id) == (play_id, clip, None)
    history.clips.remove(clip.id)
    assert history.plays.get(play_id) is None


def test_an_event_that_comes_after_the_clip_was_removed_is_kept(history: History) -> None:
    clip = history.add_clip(title="Gone")
    play = history.begin(clip)
    history.clips.remove(clip.id)
    assert history.plays.record(play, ENDED, 10, "", a_stamp(seconds=10)) is Answer.DONE
    past = history.plays.details(play)
    assert past is not None
    assert (past.is_completed, past.clip_title) == (True, "Gone")


def test_the_latest_plays_come_first(history: History) -> None:
    first, second = history.add_clip(), history.add_clip()
    history.play(first)
    play = history.play(second)
    history.plan(first)
    assert history.plays.last_clip_ids(1) == (second.id,)
    assert history.plays.last_clip_ids(5) == (second.id, first.id)
    last = history.plays.last()
    assert last is not None
    assert last.id == play
