"""Visits: numbers that count up, closed even by a crash."""

from __future__ import annotations

from appliance.domain import PlaybackEvent
from appliance.store.database import Database
from tests.store.history import History, a_stamp


def test_visits_count_up(history: History) -> None:
    first = history.visits.start(1, a_stamp())
    assert history.visits.start(2, a_stamp()) == first + 1


def test_the_end_is_written(history: History, database: Database) -> None:
    visit = history.visits.start(1, a_stamp())
    history.visits.update_end(visit, a_stamp(seconds=30), watchers=3, dwell_s=28.5, attention_s=20)
    row = database.row("SELECT * FROM visits")
    assert row == {
        "id": visit,
        "started_at": "2026-03-10T03:00:00.000Z",
        "local_date": "2026-03-10",
        "tz_offset_minutes": 540,
        "clock_synced": 1,
        "ended_at": "2026-03-10T03:00:30.000Z",
        "watchers": 3,
        "dwell_s": 28.5,
        "attention_s": 20.0,
        "is_cut": 0,
    }


def test_a_crash_leaves_the_visit_to_be_closed_at_its_last_sign(
    history: History, database: Database
) -> None:
    clip = history.add_clip()
    lone = history.visits.start(1, a_stamp(seconds=1))
    busy = history.visits.start(1, a_stamp(seconds=2))
    play = history.plan(clip, stamp=a_stamp(seconds=5), visit_id=busy)
    history.plays.record(play, PlaybackEvent.PLAYING, 0, "", a_stamp(seconds=9))
    chosen = history.visits.start(1, a_stamp(seconds=20))
    history.plan(clip, stamp=a_stamp(seconds=25), visit_id=chosen)
    over = history.visits.start(1, a_stamp(seconds=40))
    history.visits.update_end(over, a_stamp(seconds=50), watchers=1, dwell_s=10, attention_s=10)

    assert history.visits.close_abandoned() == 3
    rows = {row["id"]: row for row in database.rows("SELECT * FROM visits")}
    ends = {number: (row["ended_at"][17:19], row["is_cut"]) for number, row in rows.items()}
    assert ends == {lone: ("01", 1), busy: ("09", 1), chosen: ("25", 1), over: ("50", 0)}
    assert history.visits.close_abandoned() == 0
