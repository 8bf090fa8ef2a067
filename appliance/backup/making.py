"""Makes a backup of a unit, running or not: the database as it is at one moment, then its files."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import hashlib
import shutil
import sqlite3
import tempfile
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from appliance.backup.archive import DATABASE, PASSING, Part, Pause, write_archive
from appliance.backup.manifest import MANIFEST, Facts, Place
from appliance.backup.shelf import FULL, backups_in, file_name
from appliance.errors import BackupError
from appliance.store.head_witness import NOTED
from appliance.store.own_days import day_in

RESERVE_BYTES = 200_000_000
"""Room on the disk that no backup may take."""

_BUSY_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class UnitFiles:
    """Where a unit's things are."""

    state_dir: Path
    config_path: Path | None
    kma_key: Path | None = None
    """The file of a service key that lies outside; None: there is none."""
    key: bytes | None = None
    """Signs backups; None: the unit has no secret yet."""

    @property
    def database(self) -> Path:
        return self.state_dir / "appliance.db"


def make_backup(
    unit: UnitFiles, folder: Path, scope: str, now: dt.datetime, pause: Pause = lambda: None
) -> Path:
    """Write a backup into ``folder`` and return it; it has been read back.

    ``scope``: ``SNAPSHOT`` is the database alone, ``FULL`` everything that another unit needs.
    ``now`` is aware. Raises BackupError.
    """
    target = folder / file_name(scope, now)
    if not unit.database.exists():
        raise BackupError(f"there is no database at {unit.database} yet; nothing to back up")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _require_room(unit, folder, scope)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as room:
            copy = Path(room) / "appliance.db"
            schema = copy_database(unit.database, copy)
            packed = Path(room) / DATABASE
            sha256 = _compress(copy, packed, pause)
            parts = [Part(DATABASE, packed)]
            if scope == FULL:
                parts += _files(unit, copy)
            others = backups_in(folder, scope, unit.key)
            number = 1 + max((each.place.number for each in others if each.is_own), default=0)
            place = replace(_end_of_chain(copy), number=number)
            facts = Facts(scope, version("maum-signage"), schema, sha256, now, place)
            write_archive(target, parts, facts, pause, unit.key)
    except OSError as exc:
        where = exc.filename or folder
        raise BackupError(
            f"cannot back up to {folder} ({where}: {exc.strerror}); name a folder that can be"
            " written to and has room"
        ) from exc
    return target


def copy_database(source: Path, target: Path) -> int:
    """Copy a database that others may be writing to, as it is at one moment; returns its schema.

    Raises BackupError when it cannot be read or is damaged.
    """
    address = f"file:{urllib.parse.quote(str(source.absolute()))}?mode=ro"
    try:
        with (
            contextlib.closing(
                sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_S)
            ) as reading,
            contextlib.closing(sqlite3.connect(target)) as writing,
        ):
            # In one step: a writer between two steps would make it begin again.
            reading.backup(writing)
            writing.execute("PRAGMA journal_mode = DELETE")
            (verdict,) = writing.execute("PRAGMA integrity_check(1)").fetchone()
            if verdict != "ok":
                raise BackupError(f"{source} is damaged ({verdict}); see 'appliance doctor'")
            (schema,) = writing.execute("SELECT max(version) FROM schema_migrations").fetchone()
            return int(schema)
    except sqlite3.Error as exc:
        raise BackupError(f"{source} cannot be copied ({exc}); see 'appliance doctor'") from exc


def _end_of_chain(copy: Path) -> Place:
    with contextlib.closing(sqlite3.connect(copy)) as database:
        (event_id,) = database.execute(
            "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'play_events'), 0),"
            " coalesce((SELECT max(id) FROM play_events), 0))"
        ).fetchone()
        epoch = database.execute("SELECT value FROM meta WHERE key = ?", (NOTED,)).fetchone()
        own_day = day_in(database)
    return Place(int(epoch[0]) if epoch else 0, int(event_id), own_day=own_day)


def _compress(copy: Path, target: Path, pause: Pause) -> str:
    """Returns the checksum of what went in."""
    digest = hashlib.sha256()
    with copy.open("rb") as source, gzip.open(target, "wb", compresslevel=5) as out:
        while chunk := source.read(1 << 20):
            pause()
            digest.update(chunk)
            out.write(chunk)
    return digest.hexdigest()


def _files(unit: UnitFiles, copy: Path) -> Iterator[Part]:
    """What belongs to the copied database; what nobody refers to any more is left out."""
    named = {"secret.key": unit.state_dir / "secret.key"}
    if unit.config_path is not None:
        named["config.toml"] = unit.config_path
    if unit.kma_key is not None:
        named["kma_service_key"] = unit.kma_key
    yield from (Part(name, path) for name, path in named.items() if path.is_file())
    with contextlib.closing(sqlite3.connect(copy)) as database:
        rows = database.execute(
            "SELECT file FROM clips UNION SELECT thumbnail FROM clips WHERE thumbnail IS NOT NULL"
        ).fetchall()
    for (name,) in rows:
        path = unit.state_dir / "clips" / name
        # Removed since the database was copied, or gone: the unit says so itself.
        if path.is_file():
            yield Part(f"clips/{name}", path)
    for path in sorted(unit.state_dir.glob("*.json")):
        if path.name not in PASSING | {MANIFEST}:
            yield Part(path.name, path)
    models = unit.state_dir / "models"
    for path in sorted(models.rglob("*")):
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(models).parts):
            yield Part(f"models/{path.relative_to(models).as_posix()}", path)


def _require_room(unit: UnitFiles, folder: Path, scope: str) -> None:
    needed = 2 * unit.database.stat().st_size
    if scope == FULL:
        for name in ("clips", "models"):
            for path in (unit.state_dir / name).rglob("*"):
                with contextlib.suppress(OSError):
                    needed += path.stat().st_size
    free = shutil.disk_usage(folder).free
    if free < needed + RESERVE_BYTES:
        raise BackupError(
            f"not enough room in {folder} for a backup: {needed / 1e6:.0f} MB may be needed and"
            f" {RESERVE_BYTES / 1e6:.0f} MB stay in reserve, {free / 1e6:.0f} MB are free;"
            " free some space or set backup.dir to another disk"
        )
