"""Which backup is the latest and whose it is: neither a clock nor a stranger decides that."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import sqlite3
import tarfile
from pathlib import Path

import pytest

from appliance.backup.archive import read_manifest
from appliance.backup.making import UnitFiles, make_backup
from appliance.backup.manifest import MANIFEST
from appliance.backup.recovery import recover
from appliance.backup.restoring import restore
from appliance.backup.shelf import FULL, SNAPSHOT, backups_in, rotate
from appliance.backup.signature import Trust, signature
from appliance.errors import BackupError
from appliance.store.database import open_database
from tests.backup.test_backup import LATER, NOON, repacked, titles, unit_at, with_manifest
from tests.store.history import STAMP, History

KEY, OTHER_KEY = b"this unit's", b"another unit's"
YEARS = dt.timedelta(days=3650)


@pytest.fixture
def unit(tmp_path: Path) -> UnitFiles:
    made = unit_at(tmp_path / "one")
    return UnitFiles(made.state_dir, made.config_path, key=KEY)


def play(unit: UnitFiles, title: str) -> None:
    """The unit goes on: a clip by that name comes in, and plays."""
    with open_database(unit.database) as database:
        history = History(database)
        clip = history.clips.all()[0]
        history.play(clip, stamp=STAMP)
        database.write("UPDATE clips SET title = :title", {"title": title})


def names(folder: Path) -> list[str]:
    return [each.path.name for each in backups_in(folder, SNAPSHOT, KEY)]


@pytest.mark.parametrize("has_plays", [True, False])
def test_one_that_is_dated_ahead_is_neither_the_latest_nor_pushes_others_out(
    unit: UnitFiles, tmp_path: Path, has_plays: bool
) -> None:
    shelf, made = tmp_path / "shelf", []
    for hours, years in ((0, 10), (1, 0), (2, 0), (3, 0)):
        when = NOON + dt.timedelta(hours=hours) + years * dt.timedelta(days=365)
        made.append(make_backup(unit, shelf, SNAPSHOT, when).name)
        if has_plays:
            play(unit, f"{hours}")
    assert names(shelf) == made[::-1]
    rotate(shelf, SNAPSHOT, 3, KEY)
    assert names(shelf) == made[:0:-1]


def test_the_longest_chain_is_restored(unit: UnitFiles, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    make_backup(unit, shelf, SNAPSHOT, NOON + YEARS)
    play(unit, "later")
    latest = make_backup(unit, tmp_path / "stick", FULL, NOON)
    unit.database.write_bytes(b"none")
    done = recover(unit.state_dir, [shelf, tmp_path / "stick"], LATER, "test", KEY)
    assert done.restored_from == latest.name
    assert titles(unit.state_dir) == ["later"]


def test_after_a_setback_the_new_ones_are_the_latest(unit: UnitFiles, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    early = make_backup(unit, shelf, SNAPSHOT, NOON)
    play(unit, "lost")
    make_backup(unit, shelf, SNAPSHOT, NOON + dt.timedelta(hours=1))
    restore(early, unit.state_dir, LATER, key=KEY)
    with open_database(unit.database) as database:  # as the start does
        database.write("INSERT INTO meta VALUES ('proof_head_epoch', '1')")
    fresh = make_backup(unit, shelf, SNAPSHOT, NOON + dt.timedelta(hours=2))
    assert names(shelf)[0] == fresh.name


# --- whose it is --------------------------------------------------------------------------


def signed(made: Path, target: Path, key: bytes) -> Path:
    """The archive with another signature."""
    kept = dict(read_manifest(made).kept)
    return with_manifest(made, target, mac=signature(kept, key))


@pytest.mark.parametrize("whose", ["unsigned", "another unit's", "changed"])
def test_what_this_unit_has_not_signed_needs_a_word(
    unit: UnitFiles, tmp_path: Path, whose: str
) -> None:
    made, given = make_backup(unit, tmp_path / "out", FULL, NOON), tmp_path / "given.tar"
    match whose:
        case "unsigned":
            plain = UnitFiles(unit.state_dir, unit.config_path)
            given = make_backup(plain, tmp_path / "plain", FULL, NOON)
        case "another unit's":
            signed(made, given, OTHER_KEY)
        case _:
            with_manifest(made, given, version="0")
    other = unit_at(tmp_path / "two", "forest").state_dir
    with pytest.raises(BackupError, match="--foreign"):
        restore(given, other, LATER, key=KEY)
    assert titles(other) == ["forest"]
    restore(given, other, LATER, key=KEY, accepts_foreign=True)
    assert titles(other) == ["sea"]


def test_what_others_have_signed_is_never_taken_unasked_nor_deleted(
    unit: UnitFiles, tmp_path: Path
) -> None:
    shelf = tmp_path / "shelf"
    stranger = UnitFiles(unit.state_dir, None, key=OTHER_KEY)
    theirs = make_backup(stranger, shelf, SNAPSHOT, NOON + YEARS)
    for hours in range(3):
        make_backup(unit, shelf, SNAPSHOT, NOON + dt.timedelta(hours=hours))
    rotate(shelf, SNAPSHOT, 1, KEY)
    assert [each.trust for each in backups_in(shelf, key=KEY)] == [Trust.OWN, Trust.FOREIGN]
    (own,) = (each.path for each in backups_in(shelf, key=KEY) if each.is_own)
    own.unlink()
    unit.database.write_bytes(b"none")
    assert recover(unit.state_dir, [shelf], LATER, "test", KEY).restored_from is None
    assert theirs.exists()


# --- what is in it ------------------------------------------------------------------------


def with_database(made: Path, target: Path, script: str) -> Path:
    """The archive with its database changed by SQL; checksums are right, nobody has signed it."""
    room = target.with_suffix(".db")
    parts: dict[str, bytes] = {}
    kept = dict(read_manifest(made).kept)
    with tarfile.open(made) as tar:
        room.write_bytes(gzip.decompress(tar.extractfile("appliance.db.gz").read()))  # type: ignore[union-attr]
    with sqlite3.connect(room) as connection:
        connection.executescript(script)
    connection.close()
    content = room.read_bytes()
    parts["appliance.db.gz"] = gzip.compress(content)
    kept["sha256"] |= {"appliance.db.gz": hashlib.sha256(parts["appliance.db.gz"]).hexdigest()}
    kept["database_sha256"] = hashlib.sha256(content).hexdigest()
    parts[MANIFEST] = json.dumps(kept).encode()
    return repacked(made, target, **parts)


FOREIGN = """
CREATE TABLE "odd ""name" (x);
CREATE VIEW all_clips AS SELECT * FROM clips;
CREATE INDEX mine ON clips (title);
CREATE TRIGGER likes AFTER INSERT ON ratings BEGIN UPDATE clips SET title = 'hacked'; END;
"""


def test_triggers_views_and_tables_that_are_not_ours_are_left_out(
    unit: UnitFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = make_backup(unit, tmp_path / "out", SNAPSHOT, NOON)
    given = with_database(made, tmp_path / "given.tar", FOREIGN)
    other = unit_at(tmp_path / "two", "forest").state_dir
    restore(given, other, LATER, key=KEY, accepts_foreign=True)
    with open_database(other / "appliance.db") as database:
        history = History(database)
        history.play(history.clips.all()[0], rating=1)
        found = database.rows(
            "SELECT name FROM sqlite_master WHERE name IN ('odd \"name', 'all_clips', 'mine', 'likes')"  # noqa: E501
        )
    assert found == []
    assert titles(other) == ["sea"]
    assert "trigger 'likes'" in caplog.text


@pytest.mark.parametrize(
    "script",
    [
        "DROP TRIGGER play_events_never_change",
        "DROP VIEW users; CREATE VIEW users AS SELECT 1 AS user_id",
        "DROP TRIGGER clip_added;"
        "CREATE TRIGGER clip_added AFTER INSERT ON clips BEGIN DELETE FROM ratings; END",
    ],
)
def test_a_part_of_ours_that_is_another_is_refused(
    unit: UnitFiles, tmp_path: Path, script: str
) -> None:
    made = make_backup(unit, tmp_path / "out", SNAPSHOT, NOON)
    given = with_database(made, tmp_path / "given.tar", script)
    with pytest.raises(BackupError, match="is not the one that this program makes"):
        restore(given, unit.state_dir, LATER, key=KEY, accepts_foreign=True)


@pytest.mark.parametrize("name", ["running.json", "restore.json", "recovery.json"])
def test_what_means_something_only_there_and_then_is_not_taken(
    unit: UnitFiles, tmp_path: Path, name: str
) -> None:
    made = make_backup(unit, tmp_path / "out", FULL, NOON)
    kept = dict(read_manifest(made).kept)
    kept["sha256"] |= {name: hashlib.sha256(b"{}").hexdigest()}
    given = repacked(
        made, tmp_path / "given.tar", **{name: b"{}", MANIFEST: json.dumps(kept).encode()}
    )
    with pytest.raises(BackupError, match=f"holds '{name}'"):
        restore(given, unit.state_dir, LATER, accepts_foreign=True)
