"""What reports count."""

from __future__ import annotations

import pytest

from appliance.domain import ClipKind, PlaybackEvent
from appliance.store.database import Database
from appliance.store.reports import ReportStore
from tests.store.history import History, a_stamp

DAY = ("2026-03-10", "2026-03-10")


@pytest.fixture
def reports(database: Database) -> ReportStore:
    return ReportStore(database)


def test_totals_by_clip(history: History, reports: ReportStore) -> None:
    ad = history.add_clip(title="Ad", kind=ClipKind.AD)
    healing = history.add_clip(title="Calm", kind=ClipKind.HEALING)
    for rating in (1, 0, None):
        history.play(ad, rating)
    cut = history.begin(ad)
    history.plays.record(cut, PlaybackEvent.STOPPED, 2.5, "", a_stamp(seconds=3))
    failed = history.begin(healing)
    history.plays.record(failed, PlaybackEvent.ERROR, 1.5, "stalled", a_stamp(seconds=3))
    history.plan(healing)
    first, second = reports.clips(*DAY)
    assert (first.clip_id, first.title, first.kind) == (ad.id, "Ad", ClipKind.AD)
    assert (first.plays, first.completed, first.failed, first.shown_s) == (4, 3, 0, 32.5)
    assert (first.answers, first.likes) == (2, 1)
    assert (second.plays, second.completed, second.failed, second.shown_s) == (1, 0, 1, 1.5)


def test_totals_keep_deleted_clips_under_their_last_title(
    history: History, database: Database, reports: ReportStore
) -> None:
    clip = history.add_clip(title="Old name")
    history.play(clip)
    database.write("UPDATE clips SET title = 'New name'")
    renamed = history.clips.get(clip.id)
    assert renamed is not None
    history.play(renamed)
    history.clips.remove(clip.id)
    (total,) = reports.clips(*DAY)
    assert (total.title, total.plays) == ("New name", 2)


def test_plays_one_by_one(history: History, reports: ReportStore) -> None:
    clip = history.add_clip()
    ids = [history.play(clip, 1), history.begin(clip, a_stamp(minutes=1))]
    listed = reports.plays(*DAY)
    assert [play.id for play in listed] == ids
    assert listed == tuple(history.plays.details(play_id) for play_id in ids)


def test_days_are_local_and_both_ends_count(history: History, reports: ReportStore) -> None:
    clip = history.add_clip()
    for hours in (-13, -12, 0, 11, 12):
        history.play(clip, stamp=a_stamp(hours=hours))
    assert len(reports.plays(*DAY)) == 3
    assert reports.clips(*DAY)[0].plays == 3
    assert reports.days("2026-03-09", "2026-03-11") == ("2026-03-09", "2026-03-10", "2026-03-11")
    assert reports.plays("2026-03-12", "2026-03-13") == ()
