"""What reports count."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain import EMOTIONS, ClipKind, PlaybackEvent
from appliance.store.database import Database, open_database
from appliance.store.report_check import totals_gap
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


def test_days_are_local_and_both_ends_count(history: History, reports: ReportStore) -> None:
    clip = history.add_clip()
    for hours in (-13, -12, 0, 11, 12):
        history.play(clip, stamp=a_stamp(hours=hours))
    assert reports.clips(*DAY)[0].plays == 3
    assert reports.days("2026-03-09", "2026-03-11") == ("2026-03-09", "2026-03-10", "2026-03-11")


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "hours"),
    [
        (None, None, 4),
        ("2026-03-10", None, 3),
        (None, "2026-03-09", 1),
        ("2026-03-10", "2026-03-10", 2),
        ("2026-03-12", "2026-03-12", 1),
        ("2026-03-11", "2026-03-11", 0),
        ("2026-01-01", "2026-12-31", 4),
    ],
)
def test_hours_of_a_campaign_are_those_of_its_days_in_which_anything_played(
    history: History,
    database: Database,
    reports: ReportStore,
    starts_on: str | None,
    ends_on: str | None,
    hours: int,
) -> None:
    values = {"name": "C", "advertiser": "x", "starts_on": starts_on, "ends_on": ends_on}
    database.insert("campaigns", values)
    clip = history.add_clip()
    for later in (-24, 0, 0, 5, 48):
        history.play(clip, stamp=a_stamp(hours=later))
    (total,) = reports.campaigns("2026-03-09", "2026-03-12")
    assert total.hours == hours


def test_totals_of_a_database_that_is_older_than_them(tmp_path: Path) -> None:
    dump = Path(__file__).with_name("fixtures") / "schema_0001.sql"
    with sqlite3.connect(tmp_path / "old.db") as shell:
        shell.executescript(dump.read_text("utf-8"))
    shell.close()
    with open_database(tmp_path / "old.db") as old:
        assert totals_gap(old) is None
        hours = old.rows("SELECT * FROM emotion_hours")
        assert (hours[0]["abstained"], sum(hours[0][name] for name in EMOTIONS)) == (1, 2)
        assert sum(total.answers for total in ReportStore(old).clips("2026-01-01", "2026-12-31"))


EVENTS = st.permutations(list(PlaybackEvent)).flatmap(
    lambda events: st.integers(1, len(events)).map(lambda kept: events[:kept])
)


@settings(max_examples=40)
@given(st.lists(st.tuples(EVENTS, st.lists(st.floats(0, 60), min_size=4, max_size=4)), max_size=5))
def test_totals_agree_with_the_events_in_whatever_order_they_come(
    plays: list[tuple[list[PlaybackEvent], list[float]]],
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_database(Path(folder) / "x.db") as database,
    ):
        history = History(database)
        clip = history.add_clip()
        for events, positions in plays:
            play = history.plan(clip)
            for event, position_s in zip(events, positions, strict=False):
                history.plays.record(play, event, position_s, "", a_stamp())
        assert totals_gap(database) is None
        proved = database.rows(
            "SELECT count(*) AS plays, sum(completed) AS completed, sum(failed) AS failed,"
            " sum(shown_s) AS shown_s FROM plays"
        )[0]
        totals = ReportStore(database).clips(*DAY)
        if totals:
            (total,) = totals
            assert (total.plays, total.completed, total.failed) == (
                proved["plays"],
                proved["completed"],
                proved["failed"],
            )
            assert total.shown_s == pytest.approx(proved["shown_s"])
        else:
            assert proved["plays"] == 0
