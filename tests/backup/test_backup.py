"""A backup of a unit that is being written to, read back, and restored here or elsewhere."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import sqlite3
import stat
import sys
import tarfile
import threading
from pathlib import Path

import pytest

from appliance.backup.archive import check_archive, read_manifest
from appliance.backup.making import UnitFiles, make_backup
from appliance.backup.manifest import MANIFEST
from appliance.backup.restoring import PLAN, finish, restore
from appliance.backup.shelf import FULL, SNAPSHOT, backups_in, file_name, rotate
from appliance.errors import BackupError
from appliance.store.clips import ClipStore
from appliance.store.database import open_database
from appliance.store.migrate import known_migrations
from tests.factories import a_clip
from tests.store.history import STAMP, History

NOON = dt.datetime(2026, 4, 10, 12, 0, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(hours=1)
OLD_DUMP = Path(__file__).parents[1] / "store" / "fixtures" / "schema_0001.sql"


def unit_at(folder: Path, name: str = "sea") -> UnitFiles:
    """A unit's state with one clip, one answer, a network, a secret and settings."""
    state = folder / "state"
    (state / "clips").mkdir(parents=True)
    with open_database(state / "appliance.db") as database:
        history = History(database)
        clip = history.clips.add(
            a_clip(file=f"{name}.mp4", thumbnail=f"{name}.jpg", sha256=name, title=name), STAMP
        )
        history.play(clip, rating=1)
    (state / "clips" / f"{name}.mp4").write_text(f"film {name}")
    (state / "clips" / f"{name}.jpg").write_text(f"picture {name}")
    (state / "clips" / "stranger.mp4").write_text("of no row")
    network = state / "models" / "0123456789abcdef"
    network.mkdir(parents=True)
    (network / "manifest.json").write_text("{}")
    (state / "models" / ".lock").touch()
    (state / "secret.key").write_text(name * 10)
    (state / "learned.json").write_text(json.dumps({"of": name}))
    (state / "running.json").write_text("{}")
    config = folder / "config.toml"
    config.write_text(f'[panel]\nplace = "{name}"\n')
    return UnitFiles(state, config)


@pytest.fixture
def unit(tmp_path: Path) -> UnitFiles:
    return unit_at(tmp_path / "one")


def titles(state_dir: Path) -> list[str]:
    with open_database(state_dir / "appliance.db", read_only=True) as database:
        return [clip.title for clip in ClipStore(database).all()]


def names_in(archive: Path) -> set[str]:
    with tarfile.open(archive) as tar:
        return set(tar.getnames())


def test_it_holds_what_another_unit_needs_and_nothing_else(unit: UnitFiles, tmp_path: Path) -> None:
    made = make_backup(unit, tmp_path / "out", FULL, NOON)
    assert names_in(made) == {
        "appliance.db.gz", "secret.key", "config.toml", "clips/sea.mp4", "clips/sea.jpg",
        "models/0123456789abcdef/manifest.json", "learned.json", MANIFEST,
    }  # fmt: skip
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert list((tmp_path / "out").iterdir()) == [made]
    facts = check_archive(made).facts
    assert (facts.scope, facts.created_at) == (FULL, NOON)
    assert facts.schema == known_migrations()[-1].version


def test_another_unit_takes_it_and_keeps_its_own_state_aside(
    unit: UnitFiles, tmp_path: Path
) -> None:
    made = make_backup(unit, tmp_path / "out", FULL, NOON)
    other = unit_at(tmp_path / "two", "forest")
    done = restore(made, other.state_dir, LATER, accepts_foreign=True)
    assert titles(other.state_dir) == ["sea"]
    assert (other.state_dir / "clips" / "sea.mp4").read_text() == "film sea"
    assert not (other.state_dir / "clips" / "forest.mp4").exists()
    assert (other.state_dir / "models" / "0123456789abcdef" / "manifest.json").exists()
    secret = other.state_dir / "secret.key"
    assert secret.read_text() == "sea" * 10
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert json.loads((other.state_dir / "learned.json").read_text()) == {"of": "sea"}
    assert done.config is not None
    assert 'place = "sea"' in done.config.read_text()
    assert titles(done.aside) == ["forest"]
    assert (done.aside / "clips" / "forest.mp4").read_text() == "film forest"
    with open_database(other.state_dir / "appliance.db") as database:
        assert database.rows("SELECT sum(value) AS likes FROM ratings") == [{"likes": 1}]


def test_two_restores_in_one_second_keep_both_old_states(unit: UnitFiles, tmp_path: Path) -> None:
    made = make_backup(unit, tmp_path / "out", FULL, NOON)
    other = unit_at(tmp_path / "two", "forest").state_dir
    first, second = (restore(made, other, LATER, accepts_foreign=True).aside for _ in range(2))
    assert (titles(first), titles(second)) == (["forest"], ["sea"])


def test_a_database_that_is_written_to_is_copied_as_it_is_at_one_moment(
    unit: UnitFiles, tmp_path: Path
) -> None:
    stop, written = threading.Event(), threading.Event()

    def write() -> None:
        with open_database(unit.database) as database:
            number = 0
            while not stop.is_set():
                number += 1
                with database.transaction(is_durable=False):
                    for key in ("first", "second"):
                        database.write(
                            "INSERT INTO meta VALUES (:key, :value)"
                            " ON CONFLICT DO UPDATE SET value = excluded.value",
                            {"key": key, "value": str(number)},
                        )
                written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        written.wait(20)
        made = make_backup(unit, tmp_path / "out", SNAPSHOT, NOON)
    finally:
        stop.set()
        writer.join()
    target = tmp_path / "two"
    target.mkdir()
    restore(made, target, LATER, accepts_foreign=True)
    with open_database(target / "appliance.db") as database:
        values = {row["value"] for row in database.rows(
            "SELECT value FROM meta WHERE key IN ('first', 'second')")}  # fmt: skip
    assert len(values) == 1


def test_a_snapshot_leaves_clips_and_secrets_alone(unit: UnitFiles, tmp_path: Path) -> None:
    made = make_backup(unit, unit.state_dir / "backups", SNAPSHOT, NOON)
    assert names_in(made) == {"appliance.db.gz", MANIFEST}
    with open_database(unit.database) as database:
        database.write("DELETE FROM clips")
    done = restore(made, unit.state_dir, LATER, accepts_foreign=True)
    assert titles(unit.state_dir) == ["sea"]
    assert (unit.state_dir / "clips" / "sea.mp4").exists()
    assert (unit.state_dir / "secret.key").exists()
    assert (done.config, titles(done.aside)) == (None, [])


# --- what is refused ----------------------------------------------------------------------


def repacked(made: Path, target: Path, **changes: bytes | None) -> Path:
    """The archive with parts changed, added, or (None) left out."""
    with tarfile.open(made) as old, tarfile.open(target, "w") as new:
        parts = {m.name: old.extractfile(m).read() for m in old}  # type: ignore[union-attr]
        for name, content in (parts | changes).items():
            if content is not None:
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                new.addfile(entry, io.BytesIO(content))
    return target


def with_manifest(made: Path, target: Path, **changes: object) -> Path:
    with tarfile.open(made) as tar:
        kept = json.loads(tar.extractfile(MANIFEST).read())  # type: ignore[union-attr]
    return repacked(made, target, **{MANIFEST: json.dumps(kept | changes).encode()})


@pytest.mark.parametrize("damage", ["a flipped byte", "cut", "missing", "added", "strange name"])
def test_damage_is_found_and_nothing_changes(unit: UnitFiles, tmp_path: Path, damage: str) -> None:
    made, bad = make_backup(unit, tmp_path / "out", FULL, NOON), tmp_path / "bad.tar"
    match damage:
        case "a flipped byte":
            content = bytearray(made.read_bytes())
            at = content.index(b"film sea")
            content[at] ^= 1
            bad.write_bytes(content)
        case "cut":
            bad.write_bytes(made.read_bytes()[:2000])
        case "missing":
            repacked(made, bad, **{"clips/sea.mp4": None})
        case "added":
            repacked(made, bad, **{"clips/other.mp4": b"x"})
        case _:
            repacked(made, bad, **{"clips/../../evil": b"x"})
    before = sorted(unit.state_dir.rglob("*"))
    for attempt in (
        lambda: check_archive(bad),
        lambda: restore(bad, unit.state_dir, LATER, accepts_foreign=True),
    ):
        with pytest.raises(BackupError) as caught:
            attempt()
        assert "\n" not in str(caught.value)
    assert sorted(unit.state_dir.rglob("*")) == before


def test_a_damaged_database_inside_is_found(unit: UnitFiles, tmp_path: Path) -> None:
    made = make_backup(unit, tmp_path / "out", SNAPSHOT, NOON)
    broken = gzip.compress(b"SQLite format 3\0" + b"\7" * 9000)
    step = repacked(made, tmp_path / "step.tar", **{"appliance.db.gz": broken})
    sums = {"appliance.db.gz": hashlib.sha256(broken).hexdigest()}
    inner = hashlib.sha256(gzip.decompress(broken)).hexdigest()
    bad = with_manifest(step, tmp_path / "bad.tar", sha256=sums, database_sha256=inner)
    with pytest.raises(BackupError, match=r"database in .* is damaged"):
        restore(bad, unit.state_dir, LATER, accepts_foreign=True)
    assert titles(unit.state_dir) == ["sea"]


def test_a_newer_programs_backup_is_refused(unit: UnitFiles, tmp_path: Path) -> None:
    made = make_backup(unit, tmp_path / "out", FULL, NOON)
    newer = with_manifest(made, tmp_path / "newer.tar", schema=999, version="9.0")
    with pytest.raises(BackupError, match=r"newer program \(version 9\.0\)"):
        restore(newer, unit.state_dir, LATER, accepts_foreign=True)
    with pytest.raises(BackupError, match="newer program"):
        read_manifest(with_manifest(made, tmp_path / "format.tar", format=2))


def test_a_backup_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    old = UnitFiles(tmp_path / "old", None)
    old.state_dir.mkdir()
    with sqlite3.connect(old.database) as connection:
        connection.executescript(OLD_DUMP.read_text("utf-8"))
    connection.close()
    made = make_backup(old, tmp_path / "out", FULL, NOON)
    assert read_manifest(made).facts.schema == 1
    target = tmp_path / "new"
    target.mkdir()
    restore(made, target, LATER, accepts_foreign=True)
    with open_database(target / "appliance.db") as database:
        assert len(ClipStore(database).all()) == 2
        assert database.rows("SELECT count(*) AS n FROM ratings") == [{"n": 2}]
        assert database.rows("SELECT count(DISTINCT play_id) AS n FROM play_events")[0]["n"] > 1


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 20_000])
def test_any_other_file_is_no_backup(unit: UnitFiles, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    with pytest.raises(BackupError):
        restore(tmp_path / "x.tar", unit.state_dir, LATER)


def test_without_room_it_says_so(
    unit: UnitFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.backup.making.RESERVE_BYTES", 10**18)
    with pytest.raises(BackupError, match="not enough room"):
        make_backup(unit, tmp_path / "out", FULL, NOON)


# --- interrupted --------------------------------------------------------------------------

STEPS = ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "open", "os.chmod")
"""What the interpreter says of the file system: each may be the last before the power fails."""


def killed_at_step(number: int, archive: Path, state_dir: Path) -> bool:
    """Restore in a process that kills itself before that step; False: it came to its end."""
    child = os.fork()
    if child == 0:
        done = 0

        def watch(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal done
            if event in STEPS and str(state_dir) in repr(arguments):
                done += 1
                if done == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        try:
            restore(archive, state_dir, LATER, accepts_foreign=True)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def kinds(state_dir: Path) -> set[str]:
    """Which unit's things are there; one kind alone is a whole state."""
    (title,) = titles(state_dir)
    clips = {path.stem for path in (state_dir / "clips").glob("*.mp4")} - {"stranger"}
    secret = (state_dir / "secret.key").read_text()
    return {title, *clips, secret[: len(title)]}


def test_killed_at_any_step_it_is_the_old_state_or_the_new_one(
    unit: UnitFiles, tmp_path: Path
) -> None:
    archive = make_backup(unit, tmp_path / "out", FULL, NOON)
    clean = unit_at(tmp_path / "two", "forest").state_dir
    seen, number, is_killed = [], 1, True
    while is_killed:
        other = tmp_path / f"killed-{number}"
        shutil.copytree(clean, other)
        is_killed = killed_at_step(number, archive, other)
        # Looked at step by step where things are exchanged, here and there before.
        number += 1 if (other / PLAN).exists() else 5
        # As the next start does, itself interrupted and begun again.
        finish(other)
        finish(other)
        found = kinds(other)
        assert found in ({"forest"}, {"sea"}), number
        seen.append(found)
        assert not (other / PLAN).exists()
        assert not list(other.glob(".restoring-*"))
        shutil.rmtree(other)
    # Old up to one step, new from it on.
    first_new = seen.index({"sea"})
    assert first_new > 3
    assert len(seen) - first_new > 3
    assert seen == [{"forest"}] * first_new + [{"sea"}] * (len(seen) - first_new)


# --- the shelf ----------------------------------------------------------------------------


def test_the_oldest_of_each_kind_go(tmp_path: Path) -> None:
    for day in range(5):
        for scope in (FULL, SNAPSHOT):
            (tmp_path / file_name(scope, NOON + dt.timedelta(days=day))).touch()
    (tmp_path / "maum-backup-mine.tar").touch()
    gone = rotate(tmp_path, SNAPSHOT, 3)
    assert sorted(path.name for path in gone) == [
        "maum-database-20260410T120000Z.tar",
        "maum-database-20260411T120000Z.tar",
    ]
    assert [backup.made_at.day for backup in backups_in(tmp_path, SNAPSHOT)] == [14, 13, 12]
    assert len(backups_in(tmp_path, FULL)) == 5
    assert (tmp_path / "maum-backup-mine.tar").exists()


def test_no_other_user_can_read_it_while_it_is_made(unit: UnitFiles, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        made = make_backup(unit, tmp_path / "out", FULL, NOON)
    finally:
        os.umask(old)
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
