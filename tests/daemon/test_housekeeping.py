"""Purging at night, one batch at a time; the chain's head in the journal."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.config.retention_settings import RetentionSettings
from appliance.daemon.clock import Instant
from appliance.daemon.housekeeping import BATCH_PAUSE_S, Housekeeping
from appliance.store.chain import head_of
from appliance.store.database import Database, open_database
from appliance.store.stamp import Stamp
from tests.store.history import CHAIN_KEY, NOON, SEOUL, History

KEEP = RetentionSettings(plays_days=10, visits_days=10, decisions_days=10, samples_days=10)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "x.db") as opened:
        yield opened


class Night:
    """Lets time pass in steps of the control loop."""

    def __init__(self, database: Database) -> None:
        self.housekeeping = Housekeeping(database, CHAIN_KEY, KEEP)
        self.database = database
        self.now_s = 0.0

    def wait(self, at: dt.datetime, steps: int = 20, is_synced: bool = True) -> None:
        for _ in range(steps):
            self.now_s += BATCH_PAUSE_S
            self.housekeeping.pass_time(Instant(self.now_s, Stamp(at, is_synced)))
        self.now_s += 120

    @property
    def events(self) -> int:
        return len(self.database.rows("SELECT * FROM play_events"))


@pytest.fixture
def night(database: Database) -> Night:
    history = History(database)
    clip = history.add_clip()
    history.play(clip, stamp=Stamp(NOON - dt.timedelta(days=9)))
    return Night(database)


def at(days: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 3, 10, hour, minute, tzinfo=SEOUL) + dt.timedelta(days=days)


def test_purged_at_the_hour_that_was_set(night: Night) -> None:
    night.wait(at(0, 12))
    assert night.events == 2
    night.wait(at(2, 3, 29))
    assert night.events == 2
    night.wait(at(2, 3, 30))
    assert night.events == 0


def test_a_unit_that_was_off_at_night_catches_up(night: Night) -> None:
    night.wait(at(30, 18))
    assert night.events == 0


def test_nothing_is_purged_while_the_clock_is_not_set(night: Night) -> None:
    night.wait(at(30, 12), is_synced=False)
    assert night.events == 2


def run_for(night: Night, days: int) -> None:
    """The clock is never set: it says the same noon; only time passes."""
    for _ in range(days):
        night.wait(at(0, 12), is_synced=False)
        night.now_s += 86_400
    night.wait(at(0, 12), is_synced=False)


def test_a_clock_that_is_never_set_purges_by_the_days_that_the_unit_has_run(night: Night) -> None:
    run_for(night, 9)
    assert night.events == 2
    history = History(night.database)
    young = history.play(history.clips.all()[0], stamp=Stamp(at(-9, 12), is_synced=False))
    run_for(night, 2)
    (left,) = {row["play_id"] for row in night.database.rows("SELECT * FROM play_events")}
    assert left == young
    run_for(night, 10)
    assert night.events == 0


def test_the_days_that_the_unit_has_run_outlast_its_restarts(night: Night) -> None:
    for _ in range(12):
        run_for(night, 1)
        # Started again, on another count of seconds.
        night.housekeeping = Housekeeping(night.database, CHAIN_KEY, KEEP)
        night.now_s = 0.0
    assert night.events == 0


@pytest.mark.parametrize("is_synced", [True, False])
def test_set_aside_states_go_after_their_days_but_no_film_does(
    night: Night, tmp_path: Path, is_synced: bool
) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "known.mp4").touch()
    # By a clock that was years ahead then; beside it what is none of ours.
    for name in ("damaged-20260310T010203Z", "before-restore-20360310T010203Z-2", "my-own"):
        (tmp_path / name / "clips").mkdir(parents=True)
        (tmp_path / name / "appliance.db").touch()
        for film in ("known.mp4", f"{name}.mp4"):
            (tmp_path / name / "clips" / film).touch()
    for day in range(32):
        night.wait(at(day if is_synced else 0, 12), is_synced=is_synced)
        night.now_s += 86_400
        if day == 29:
            assert (tmp_path / "damaged-20260310T010203Z" / "appliance.db").exists()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == [
        "clips", "my-own", "set-aside",
    ]  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "set-aside").iterdir()) == [
        "before-restore-20360310T010203Z-2.mp4", "damaged-20260310T010203Z.mp4",
    ]  # fmt: skip


def test_once_a_night(night: Night) -> None:
    night.wait(at(0, 12))
    history = History(night.database)
    history.play(history.clips.all()[0], stamp=Stamp(at(-2, 12)))
    night.wait(at(0, 13))
    night.wait(at(6, 2))
    night.wait(at(12, 2))
    assert night.events == 0


def test_broken_proof_is_kept_and_the_screen_goes_on(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(night.database.path) as shell:
        shell.execute("DROP TRIGGER play_events_never_change")
        shell.execute("UPDATE play_events SET position_s = 1 WHERE id = 1")
    shell.close()
    night.wait(at(30, 12))
    assert night.events == 2
    assert caplog.text.count("Old rows stay") == 1


def test_the_head_is_in_the_journal_at_start_and_end(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    head = head_of(night.database)
    assert head is not None
    with caplog.at_level("INFO"):
        night.housekeeping.begin(Instant(0, Stamp(NOON)))
        night.housekeeping.end()
    assert caplog.text.count(head.hash) == 2


def test_a_clock_that_jumps_costs_nothing_and_is_believed_after_a_night(night: Night) -> None:
    night.wait(at(0, 12))
    for days in (3650, -3650, 0):
        night.wait(at(days, 13))
        assert night.events == 2
    # It was in the future only for a moment, and purging goes on.
    night.wait(at(2, 4))
    assert night.events == 0


def test_a_unit_that_was_off_for_months_purges_in_its_second_night(night: Night) -> None:
    night.wait(at(0, 12))
    night.wait(at(90, 12))
    assert night.events == 2
    night.wait(at(91, 4))
    assert night.events == 0
