"""Puts a backup in the place of a unit's state: all of it or nothing, the old state kept aside.

The backup is unpacked, checked and brought to this program's schema in a folder of its own. Then
one file is written that says what to exchange: before that the unit is as it was, after that
the exchange is finished, by whoever comes next, however often it is interrupted.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import json
import logging
import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from appliance.backup.archive import read_manifest, unpack
from appliance.backup.manifest import Manifest
from appliance.backup.shelf import FULL
from appliance.backup.signature import Trust
from appliance.errors import BackupError, StoreError
from appliance.store.database import open_database
from appliance.store.known_schema import drop_foreign_parts
from appliance.store.migrate import check_version, known_migrations

logger = logging.getLogger(__name__)

PLAN = "restore.json"
_STAGE = ".restoring-"
ASIDE = "before-restore-"
DAMAGED = "damaged-"
_DATABASE_FILES = ("appliance.db", "appliance.db-wal", "appliance.db-shm")
_FULL_ITEMS = ("secret.key", "clips", "models")


@dataclass(frozen=True, slots=True)
class Restored:
    manifest: Manifest
    aside: Path
    """Where the old state is now."""
    config: Path | None
    """The backup's settings file, still to be put in place; None: it has none."""
    kma_key: Path | None
    strangers: int
    """Files of clips that the restored database does not know; they are in ``aside`` now."""


def restore(
    archive: Path, state_dir: Path, now: dt.datetime, *, database_only: bool = False,
    aside_prefix: str = ASIDE, key: bytes | None = None, accepts_foreign: bool = False,
) -> Restored:  # fmt: skip
    """Exchange the state for the archive's. To be called with the daemon's lock held.

    ``database_only``: leave clips, networks and secret as they are. ``key``: of this unit's secret;
    ``accepts_foreign``: take also what it has not signed. Raises BackupError (a newer program's,
    foreign, damaged, no room); the unit is then as it was.
    """
    finish(state_dir)
    try:
        manifest = read_manifest(archive)
        _require_known(manifest)
        _require_own(archive, manifest, key, accepts_foreign)
        stage = Path(tempfile.mkdtemp(prefix=_STAGE, dir=state_dir))
        try:
            manifest = unpack(archive, stage)
            # What was unpacked, not what was looked at before.
            _require_own(archive, manifest, key, accepts_foreign)
            _clean(stage / "appliance.db")
            with open_database(stage / "appliance.db", is_checked_whole=True):
                pass  # brought to this program's schema
            aside = free_folder(state_dir, f"{aside_prefix}{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}")
            is_full = manifest.facts.scope == FULL and not database_only
            _finish_stage(stage, is_full)
            items = [*_DATABASE_FILES, *(_FULL_ITEMS if is_full else ())]
            items += [path.name for path in stage.glob("*.json") if is_full]
            _write_plan(state_dir, stage, aside, items)
        except BaseException:
            shutil.rmtree(stage, ignore_errors=True)
            raise
        finish(state_dir)
    except (StoreError, sqlite3.Error) as exc:
        raise BackupError(f"{archive} cannot be restored: {exc}") from exc
    except OSError as exc:
        raise BackupError(
            f"{archive} cannot be restored to {state_dir} ({exc.strerror}); the unit is as it was"
        ) from exc
    strangers = 0 if is_full else set_strangers_aside(state_dir, aside)
    return Restored(manifest, aside, *_outside(aside, is_full), strangers)


def finish(state_dir: Path) -> bool:
    """Carry an exchange that was begun to its end; else take away what was never begun.

    True: there was one. Harmless when repeated, and after being interrupted anywhere.
    Raises OSError.
    """
    plan_path = state_dir / PLAN
    try:
        plan = json.loads(plan_path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        for stage in state_dir.glob(f"{_STAGE}*"):
            shutil.rmtree(stage, ignore_errors=True)
        return False
    stage, aside = state_dir / plan["stage"], state_dir / plan["aside"]
    for item in plan["had"]:
        if not (aside / item).exists():
            os.replace(state_dir / item, aside / item)
    # The old ones are on the disk in their new place before anything comes into theirs.
    _flush(aside)
    _flush(state_dir)
    for item in plan["items"]:
        if (stage / item).exists():
            os.replace(stage / item, state_dir / item)
    for name in ("config.toml", "kma_service_key"):
        if (stage / name).exists():
            os.replace(stage / name, aside / f"restored-{name}")
    _flush(state_dir)
    plan_path.unlink()
    _flush(state_dir)
    shutil.rmtree(stage, ignore_errors=True)
    return True


def free_folder(parent: Path, name: str) -> Path:
    """Make a new folder of this name, with a number behind it where there is one. OSError."""
    for number in itertools.count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            return folder
    raise AssertionError("numbers do not end")


def set_strangers_aside(state_dir: Path, aside: Path) -> int:
    """Move the files of clips that the database has no row of to ``aside``; returns how many.

    Without it they would be nobody's; but only their rows are lost. Raises OSError.
    """
    known: set[str] = set()
    with contextlib.suppress(sqlite3.Error):
        database = sqlite3.connect(f"file:{quote(str(state_dir))}/appliance.db?mode=ro", uri=True)
        with contextlib.closing(database):
            rows = database.execute("SELECT file, coalesce(thumbnail, '') FROM clips").fetchall()
            known = {name for row in rows for name in row}
    moved = 0
    for path in (state_dir / "clips").glob("*.*"):
        if path.is_file() and not path.name.startswith(".") and path.name not in known:
            (aside / "clips").mkdir(exist_ok=True)
            os.replace(path, aside / "clips" / path.name)
            moved += 1
    return moved


def _require_known(manifest: Manifest) -> None:
    known = max(migration.version for migration in known_migrations())
    try:
        check_version(manifest.facts.schema, known)
    except StoreError as exc:
        raise BackupError(
            f"the backup is of a newer program (version {manifest.facts.version}): {exc}"
        ) from exc


def _require_own(
    archive: Path, manifest: Manifest, key: bytes | None, accepts_foreign: bool
) -> None:
    trust = manifest.trust(key)
    if trust is Trust.OWN or accepts_foreign:
        return
    why = (
        "nobody has signed it" if trust is Trust.UNSIGNED else "this unit's secret did not sign it"
    )
    raise BackupError(
        f"{archive}: {why}: it is another unit's, older than this card's secret, or was changed;"
        " if you know where it comes from, restore it with --foreign"
    )


def _clean(database: Path) -> None:
    """Nothing in it may run but what this program has made."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        dropped = drop_foreign_parts(connection)
    if dropped:
        logger.warning("Left out of the restored database, as not ours: %s", ", ".join(dropped))


def _finish_stage(stage: Path, is_full: bool) -> None:
    for folder in ("clips", "models"):
        if is_full:
            (stage / folder).mkdir(exist_ok=True)
        else:
            shutil.rmtree(stage / folder, ignore_errors=True)
    secret = stage / "secret.key"
    if not is_full:
        secret.unlink(missing_ok=True)
    elif secret.exists():
        secret.chmod(0o600)
    for path in [*stage.rglob("clips/*"), *stage.rglob("models/**/*")]:
        if path.is_file():
            path.chmod(0o644)


def _write_plan(state_dir: Path, stage: Path, aside: Path, items: list[str]) -> None:
    """From here on the exchange will happen."""
    unfinished = state_dir / f".{PLAN}.part"
    had = [item for item in items if (state_dir / item).exists()]
    plan = {"stage": stage.name, "aside": aside.name, "items": items, "had": had}
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump(plan, file)
        file.flush()
        os.fsync(file.fileno())
    for folder in (stage, state_dir):
        _flush(folder)
    os.replace(unfinished, state_dir / PLAN)
    _flush(state_dir)


def _outside(aside: Path, is_full: bool) -> tuple[Path | None, Path | None]:
    """What the archive brought for places outside of the state directory."""
    found = (aside / f"restored-{name}" for name in ("config.toml", "kma_service_key"))
    config, key = (path if is_full and path.exists() else None for path in found)
    return config, key


def _flush(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
