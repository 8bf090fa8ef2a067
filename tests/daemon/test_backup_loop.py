"""The nightly backups: when they are made, how many stay, and what is said when one fails."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from typing import Any

import pytest

from appliance.backup.shelf import FULL, SNAPSHOT, backups_in
from appliance.config.settings import Settings
from appliance.daemon.backup_loop import RETRY_S, BackupLoop
from appliance.daemon.secret_key import load_or_create_secret
from appliance.store.database import open_database
from appliance.store.own_days import OwnDays
from tests.fakes import FakeClock


class Rig:
    def __init__(self, folder: Path, **backup: Any) -> None:
        self.state = folder / "state"
        open_database(self.state / "appliance.db").close()
        # In this machine's own zone, in which nights are counted.
        self.clock = FakeClock(dt.datetime(2026, 4, 10, 14, 0).astimezone())
        self.settings = Settings.model_validate({"backup": backup})
        self.loop = BackupLoop(self.state, None, self.clock.now, lambda: self.settings)
        self.stop = threading.Event()

    def look(self, **later: float) -> int:
        """Returns the number of copies of the database."""
        self.clock.advance(dt.timedelta(**later).total_seconds())
        self.loop.look(self.stop)
        return len(backups_in(self.state / "backups", SNAPSHOT))


def test_the_first_at_once_then_one_each_night(tmp_path: Path) -> None:
    rig = Rig(tmp_path)  # it is 14:00
    assert rig.look() == 1
    assert rig.look(hours=12, minutes=29) == 1
    assert rig.look(minutes=2) == 2
    assert rig.look(hours=20) == 2
    assert rig.look(hours=4) == 3
    assert rig.loop.status()["trouble"] is None
    made_at = dt.datetime.fromisoformat(rig.loop.status()[SNAPSHOT] or "")
    assert made_at.astimezone() == rig.clock.local


def test_a_unit_that_was_off_at_night_catches_up(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.look()
    assert rig.look(days=3) == 2


def test_as_many_stay_as_the_settings_say(tmp_path: Path) -> None:
    rig = Rig(tmp_path, keep=2)
    for _ in range(4):
        rig.look(days=1)
    newest, other = backups_in(rig.state / "backups", SNAPSHOT)
    assert newest.made_at - other.made_at == dt.timedelta(days=1)


def test_all_of_it_goes_to_the_folder_that_is_named(tmp_path: Path) -> None:
    rig = Rig(tmp_path, dir=str(tmp_path / "stick"))
    rig.look()
    assert len(backups_in(tmp_path / "stick", FULL)) == 1
    assert rig.loop.status()[FULL] is not None


def test_a_clock_that_is_never_set_makes_one_for_each_day_that_the_unit_has_run(
    tmp_path: Path,
) -> None:
    rig = Rig(tmp_path)
    load_or_create_secret(rig.state)
    rig.clock.is_synced = False
    assert rig.look() == 1
    assert rig.look(days=2) == 1  # the clock was put on: no day has passed
    for day in range(1, 4):
        with open_database(rig.state / "appliance.db") as database:
            days = OwnDays(database)
            days.pass_time(0)
            days.pass_time(86_400)
            days.remember()
        assert rig.look(seconds=60) == 1 + day
        assert rig.look(seconds=60) == 1 + day


def test_a_failure_is_said_once_and_tried_again_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "stick").write_text("a file where the folder should be")
    rig = Rig(tmp_path, dir=str(tmp_path / "stick"))
    for _ in range(3):
        rig.look(seconds=RETRY_S + 1)
    assert caplog.text.count("No full backup") == 1
    trouble = rig.loop.status()["trouble"]
    assert trouble is not None
    assert "stick" in trouble
    (tmp_path / "stick").unlink()
    rig.look(seconds=RETRY_S + 1)
    assert rig.loop.status()["trouble"] is None
    assert len(backups_in(tmp_path / "stick", FULL)) == 1


def test_a_unit_that_stops_gives_up_what_is_under_way(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.stop.set()
    assert rig.look() == 0
    assert list((rig.state / "backups").iterdir()) == []


def test_a_clock_that_was_set_back_by_years_makes_one_a_night(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.look()
    rig.clock.local -= dt.timedelta(days=3650)
    assert rig.look() == 2
    assert rig.look(seconds=20) == 2
    assert rig.look(days=1) == 3
