"""Single plays as lines, held to what the stores say of each play one by one."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.domain import PlaybackEvent, RatingSource
from appliance.store.database import COLUMN_BATCH, Database
from appliance.store.play_list import _CSV, _JSON, COLUMNS, PlayList
from appliance.store.report_filter import EVERYTHING
from appliance.store.stamp import Stamp
from tests.store.history import NOON, History, a_stamp

DAY = ("2026-03-10", "2026-03-10")


@pytest.fixture
def plays(database: Database) -> PlayList:
    return PlayList(database)


def listed(plays: PlayList, first: str = DAY[0], last: str = DAY[1]) -> list[dict[str, Any]]:
    """The JSON lines, which must say the same as those of the CSV."""
    lines = [json.loads(line) for batch in plays.json_lines(first, last) for line in batch]
    text = "\r\n".join(line for batch in plays.csv_lines(first, last) for line in batch)
    records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [tuple(line) for line in lines] == [COLUMNS] * len(lines)
    assert records == [["" if v is None else str(v) for v in line.values()] for line in lines]
    return lines


def test_plays_one_by_one(history: History, plays: PlayList) -> None:
    clip = history.add_clip()
    ids = [history.play(clip, 1), history.begin(clip, a_stamp(minutes=1)), history.play(clip, 0)]
    history.ratings.say_seen_before(ids[0], True)
    ids.append(history.begin(clip, a_stamp(minutes=2)))
    history.ratings.give(ids[3], None, RatingSource.PANEL, a_stamp(minutes=2), 3)
    lines = listed(plays)
    assert [line["play"] for line in lines] == ids
    for line, play_id in zip(lines, ids, strict=True):
        one = history.plays.details(play_id)
        assert one is not None
        assert line["started"] == one.started_at.isoformat(timespec="seconds")
        assert (line["clip"], line["title"]) == (one.clip_id, one.clip_title)
        assert (line["shown_in"], line["kind"]) == (one.screen.value, one.clip_kind.value)
        assert (line["shown_s"], line["completed"]) == (one.shown_s, one.is_completed)
        assert line["liked"] == (None if one.rating is None else one.rating == 1)
        assert (line["stars"], line["seen_before"]) == (one.stars, one.seen_before)
        assert (line["clock"] == "set") == one.is_clock_synced


@pytest.mark.parametrize(
    "events",
    [
        [("playing", 0.0), ("ended", 5.5)],
        [("ended", 5.5), ("playing", 0.0)],
        [("playing", 0.0), ("stopped", 2.04), ("error", 3.96)],
        [("error", 0.0)],
    ],
)
def test_events_in_whatever_order_they_come(
    history: History, plays: PlayList, events: list[tuple[str, float]]
) -> None:
    clip = history.add_clip()
    play_id, other = history.plan(clip), history.begin(clip)
    for event, position_s in events:
        history.plays.record(play_id, PlaybackEvent(event), position_s, "", a_stamp())
    lines = {line["play"]: line for line in listed(plays)}
    proved = history.plays.details(play_id)
    assert set(lines) == ({other} if proved is None else {play_id, other})
    assert (lines[other]["shown_s"], lines[other]["completed"]) == (0.0, False)
    if proved is not None:
        assert lines[play_id]["shown_s"] == round(proved.shown_s, 1)
        assert lines[play_id]["completed"] == proved.is_completed


@pytest.mark.parametrize("unset", ["playing", "ended"])
def test_one_event_with_an_unset_clock_marks_the_play(
    history: History, plays: PlayList, unset: str
) -> None:
    play_id = history.plan(history.add_clip())
    for event in ("playing", "ended"):
        stamp = Stamp(NOON, is_synced=event != unset)
        history.plays.record(play_id, PlaybackEvent(event), 1.0, "", stamp)
    assert [line["clock"] for line in listed(plays)] == ["not set"]


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0")
        | st.sampled_from('",\r\n'),
        min_size=1,
    )
)
def test_any_title(database: Database, history: History, title: str) -> None:
    database.write("DELETE FROM clips")
    history.begin(history.add_clip(title=title))
    plays = PlayList(database)
    (line,) = (json.loads(line) for line in plays.latest(*DAY, 1))
    assert line["title"] == title
    (text,) = [lines[-1] for lines in plays.csv_lines(*DAY)]
    (record,) = csv.reader(io.StringIO(text, newline=""), strict=True)
    shown = f"'{title}" if title.startswith(("=", "+", "-", "@", "\t", "\r")) else title
    assert record[COLUMNS.index("title")] == shown


@pytest.mark.parametrize("offset_minutes", [-720, -210, -30, 0, 345, 540, 840])
def test_a_play_began_by_the_clock_on_its_wall(
    history: History, plays: PlayList, offset_minutes: int
) -> None:
    zone = dt.timezone(dt.timedelta(minutes=offset_minutes))
    began = dt.datetime(2026, 3, 10, 23, 59, 59, 999_000, zone)
    history.play(history.add_clip(), stamp=Stamp(began))
    (play,) = listed(plays)
    assert play["started"] == began.isoformat(timespec="seconds")


def test_days_are_local_and_both_ends_count(history: History, plays: PlayList) -> None:
    clip = history.add_clip()
    for hours in (-13, -12, 0, 11, 12):
        history.play(clip, stamp=a_stamp(hours=hours))
    assert len(listed(plays)) == plays.count(*DAY) == 3
    assert len(listed(plays, "2026-03-09", "2026-03-11")) == 5
    assert listed(plays, "2026-03-12", "2026-03-13") == []
    assert plays.count("2026-03-12", "2026-03-13") == 0


def test_the_latest_reach_back_over_days(history: History, plays: PlayList) -> None:
    clip = history.add_clip()
    ids = [history.play(clip, stamp=a_stamp(days=days)) for days in (0, 0, 1, 3)]
    for limit in range(1, 6):
        latest = [json.loads(line)["play"] for line in plays.latest(DAY[0], "2026-03-20", limit)]
        assert latest == ids[-limit:]


def test_many_come_in_batches(database: Database) -> None:
    sql = (
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
        " SELECT i FROM n"
    )
    batches = list(database.column(sql, {"last": 2 * COLUMN_BATCH}))
    assert [len(batch) for batch in batches] == [COLUMN_BATCH, COLUMN_BATCH, 1]
    assert [value for batch in batches for value in batch] == list(range(2 * COLUMN_BATCH + 1))


def test_no_line_is_looked_up_by_random_ids(database: Database) -> None:
    values = {"day": "", **EVERYTHING.values}
    for sql in (_CSV, _JSON):
        plan = [row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {sql}", values)]
        # Of a campaign's or advertiser's few numbers a list is made once.
        assert [step for step in plan if "SCAN" in step] == [
            "SCAN json_each VIRTUAL TABLE INDEX 1:"
        ] * 2
        reads = [step.split(" USING ")[1] for step in plan if "SEARCH" in step]
        assert reads == [
            "INDEX play_events_on_day (local_date=? AND event=?)",
            "INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
            "COVERING INDEX play_events_of_choice (decision_id=?)",
            "COVERING INDEX play_events_of_choice (decision_id=?)",
            "INDEX sqlite_autoindex_ratings_2 (decision_id=?)",
            "INTEGER PRIMARY KEY (rowid=?)",
            "INTEGER PRIMARY KEY (rowid=?)",
        ]
        assert not any("TEMP B-TREE" in step for step in plan)
