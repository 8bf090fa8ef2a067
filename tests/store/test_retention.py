"""Old rows go, in small batches; what is left stays provable and useful."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sqlite3

import pytest

from appliance.domain import PlaybackEvent
from appliance.errors import StoreError
from appliance.store import retention as retention_module
from appliance.store.chain import head_of
from appliance.store.chain_check import check_chain
from appliance.store.database import Database
from appliance.store.report_check import totals_gap
from appliance.store.reports import ReportStore
from appliance.store.retention import KeepDays, Retention
from appliance.store.scores import ScoreStore
from appliance.store.stamp import Stamp
from tests.store.history import CHAIN_KEY, HAPPY, NOON, History, a_stamp

KEEP = KeepDays(plays=20, ratings=20, visits=15, decisions=10, samples=5)
TODAY = NOON.date()


def a_day(history: History, days: int, is_synced: bool = True) -> str:
    """One rated and one unrated play of a visit, each with two seconds, ``days`` ago."""
    stamp = Stamp(NOON - dt.timedelta(days=days), is_synced)
    clips = history.clips.all()
    clip = clips[0] if clips else history.add_clip()
    visit = history.visits.start(1, stamp)
    for rating in (1, None):
        play = history.play(clip, rating, stamp, visit_id=visit)
        history.samples.record(play, 1, HAPPY, 1)
        history.samples.record(play, 2, HAPPY, 1)
    return play


@pytest.fixture
def past(history: History) -> History:
    for days in (25, 20, 12, 8, 2):
        a_day(history, days)
    return history


def purge(database: Database, keep: KeepDays = KEEP, today: dt.date = TODAY) -> dict[str, int]:
    retention = Retention(database, CHAIN_KEY, keep)
    rows: dict[str, int] = {}
    while True:
        table, taken = retention.step(today)
        if not table:
            return rows
        rows[table] = rows.get(table, 0) + taken


def count(database: Database, table: str) -> int:
    return int(database.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"])


def test_each_table_is_kept_its_own_time(past: History, database: Database) -> None:
    due = Retention(database, CHAIN_KEY, KEEP).due(TODAY)
    rows = purge(database)
    assert rows == due
    assert rows == {
        "emotion_samples": 16,
        "decisions": 6,
        "ratings": 1,
        "visits": 2,
        "play_events": 4,
    }
    assert count(database, "emotion_samples") == 4
    # Of the six choices that are due three are rated; the oldest of those went with its answer.
    assert count(database, "decisions") == 10 - 3 - 1
    assert count(database, "play_events") == 16
    assert sum(Retention(database, CHAIN_KEY, KEEP).due(TODAY).values()) == 0
    assert purge(database) == {}


def test_what_is_left_is_provable(past: History, database: Database) -> None:
    before = head_of(database)
    purge(database)
    report = check_chain(database, CHAIN_KEY, against=before)
    assert (report.first_break, report.checked, report.purged_up_to) == (None, 16, 4)
    assert report.head == before
    past.play(past.clips.all()[0])
    assert check_chain(database, CHAIN_KEY, against=before).first_break is None
    assert totals_gap(database) is None


def test_everything_purged_is_provable_too(past: History, database: Database) -> None:
    before = head_of(database)
    purge(database, today=TODAY + dt.timedelta(days=100))
    assert count(database, "play_events") == 0
    assert check_chain(database, CHAIN_KEY, against=before).first_break is None
    a_day(past, -100)
    report = check_chain(database, CHAIN_KEY, against=before)
    assert (report.first_break, report.checked) == (None, 4)


def test_an_export_older_than_what_is_left_cannot_be_compared(
    history: History, database: Database
) -> None:
    a_day(history, 25)
    head = head_of(database)
    a_day(history, 24)
    a_day(history, 1)
    purge(database)
    report = check_chain(database, CHAIN_KEY, against=head)
    assert (report.first_break, report.is_comparable) == (None, False)


def test_taking_out_more_than_was_purged_shows(past: History, database: Database) -> None:
    purge(database)
    with sqlite3.connect(database.path) as shell:
        shell.execute("DROP TRIGGER play_events_never_vanish")
        shell.execute("DELETE FROM play_events WHERE id = 5")
    shell.close()
    assert check_chain(database, CHAIN_KEY).first_break is not None


def test_a_broken_proof_is_not_purged_away(past: History, database: Database) -> None:
    with sqlite3.connect(database.path) as shell:
        shell.execute("DROP TRIGGER play_events_never_change")
        shell.execute("UPDATE play_events SET position_s = 1 WHERE id = 2")
    shell.close()
    with pytest.raises(StoreError, match="event 2, so none of it was purged"):
        purge(database)
    assert count(database, "play_events") == 20


def test_what_was_learned_and_the_totals_stay(past: History, database: Database) -> None:
    days = ("2026-01-01", "2026-12-31")
    scores, totals = ScoreStore(database).all(), ReportStore(database).clips(*days)
    hours = past.samples.emotions_by_hour(*days)
    purge(database, today=TODAY + dt.timedelta(days=100))
    assert ScoreStore(database).all() == scores
    assert ReportStore(database).clips(*days) == totals
    assert past.samples.emotions_by_hour(*days) == hours
    assert totals[0].answers == 5


def test_a_rated_choice_stays_bare(past: History, database: Database) -> None:
    purge(database)
    (row,) = database.rows("SELECT * FROM decisions WHERE local_date = '2026-02-26'")
    assert (row["candidates"], row["candidates_omitted"]) == ("[]", 2)
    assert count(database, "ratings") == 4


def test_a_batch_is_small(
    past: History, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_module, "BATCH", 2)
    steps = Retention(database, CHAIN_KEY, KEEP)
    sizes = []
    while (step := steps.step(TODAY))[0]:
        sizes.append(step[1])
    assert max(sizes) == 2
    assert check_chain(database, CHAIN_KEY).first_break is None
    assert count(database, "play_events") == 16
    (purged,) = database.rows("SELECT * FROM chain_checkpoints WHERE kind = 'purge'")
    assert (purged["up_to_id"], purged["events"]) == (4, 4)


def test_rows_of_an_unset_clock_go_with_their_neighbours(
    history: History, database: Database
) -> None:
    a_day(history, 20_000, is_synced=False)  # since 1971, says a clock that was never set
    keep = dataclasses.replace(KEEP, plays=1)
    assert purge(database, keep) == {}
    a_day(history, -400, is_synced=False)
    a_day(history, 3)
    assert count(database, "play_events") == 12
    purge(database, keep)
    assert count(database, "play_events") == 0


def test_a_play_that_is_running_while_its_choice_is_purged(
    history: History, database: Database
) -> None:
    a_day(history, 30)
    play = history.begin(history.add_clip(), a_stamp(minutes=0))
    purge(database)
    history.plays.record(play, PlaybackEvent.ENDED, 10, "", a_stamp(seconds=10))
    past = history.plays.details(play)
    assert past is not None
    assert past.is_completed
