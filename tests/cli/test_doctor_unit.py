"""What doctor says of playback, page, backups and log, on a real database and real files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from appliance.backup.making import UnitFiles, make_backup
from appliance.backup.recovery import recover
from appliance.backup.shelf import SNAPSHOT
from appliance.cli import doctor_unit
from appliance.cli.clip import clip
from appliance.cli.context import Context
from appliance.cli.findings import Verdict
from appliance.daemon.secret_key import backup_key, load_or_create_secret
from appliance.domain import PlaybackEvent
from appliance.store.clips import ClipStore
from appliance.store.database import Database
from appliance.store.stamp import Stamp
from tests.store.history import History

NOW = dt.datetime.now().astimezone()


@pytest.fixture
def library(run_command, context: Context, database: Database, tiny_video: Path) -> Database:
    assert run_command(clip)("add", tiny_video, "--kind", "healing", "--title", "sea")[0] == 0
    return database


def test_a_film_that_was_damaged_later_is_named(library: Database, context: Context) -> None:
    assert doctor_unit.playable(context)[0] is Verdict.OK
    (only,) = ClipStore(library).all()
    (context.clips_dir / only.file).write_bytes(b"no film any more")
    verdict, message = doctor_unit.playable(context)
    assert (verdict, "1 sea" in message) == (Verdict.FAIL, True)


def test_what_the_panel_could_not_play_is_told_for_a_week(
    library: Database, context: Context
) -> None:
    history = History(library)
    (only,) = ClipStore(library).all()
    play = history.play(only)
    history.plays.record(play, PlaybackEvent.ERROR, 1.0, "3: decode", Stamp(NOW))
    verdict, message = doctor_unit.playable(context)
    assert (verdict, "sea (1 times)" in message) == (Verdict.WARN, True)


def test_backups_are_missed_when_they_are_old(library: Database, context: Context) -> None:
    assert "no backup of the database" in doctor_unit.backups(context)[1]
    load_or_create_secret(context.state_dir)
    unit = UnitFiles(context.state_dir, None, key=backup_key(context.state_dir))
    folder = context.state_dir / "backups"
    make_backup(unit, folder, SNAPSHOT, NOW - dt.timedelta(days=4))
    verdict, message = doctor_unit.backups(context)
    assert (verdict, "4 days old" in message) == (Verdict.WARN, True)
    make_backup(unit, folder, SNAPSHOT, NOW - dt.timedelta(hours=3))
    verdict, message = doctor_unit.backups(context)
    assert (verdict, "the database 3 h ago" in message) == (Verdict.OK, True)
    assert "set backup.dir" in message


def test_a_recovery_is_told(library: Database, context: Context) -> None:
    recover(context.state_dir, [], NOW, "malformed")
    verdict, message = doctor_unit.backups(context)
    assert (verdict, "found damaged" in message) == (Verdict.WARN, True)


def test_without_a_unit_nothing_is_claimed(library: Database, context: Context) -> None:
    assert doctor_unit.browser(context)[0] is Verdict.WARN
    assert doctor_unit.log(context)[0] is Verdict.OK
