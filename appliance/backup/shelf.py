"""A folder of backups: their names, which there are, which of them go when a new one comes."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

FULL = "full"
"""Everything another unit needs."""
SNAPSHOT = "database"
"""The database alone."""
SCOPES = (FULL, SNAPSHOT)

_PREFIX = {FULL: "maum-backup", SNAPSHOT: "maum-database"}
_NAME = re.compile(r"(maum-backup|maum-database)-(\d{8}T\d{6})Z\.tar", re.ASCII)
_LEFTOVERS = (".making-", ".reading-", ".maum-backup-", ".maum-database-")


@dataclass(frozen=True, slots=True)
class Backup:
    path: Path
    scope: str
    made_at: dt.datetime
    """Aware, by the file's name."""
    size_bytes: int


def file_name(scope: str, now: dt.datetime) -> str:
    """``now`` is aware."""
    return f"{_PREFIX[scope]}-{now.astimezone(dt.UTC):%Y%m%dT%H%M%S}Z.tar"


def backups_in(folder: Path, scope: str | None = None) -> list[Backup]:
    """Newest first; a folder that is not there, or cannot be read, has none."""
    found = []
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            match = _NAME.fullmatch(path.name)
            if match is None:
                continue
            kind = next(scope for scope, prefix in _PREFIX.items() if prefix == match[1])
            with contextlib.suppress(ValueError, OSError):
                made_at = dt.datetime.strptime(match[2], "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC)
                found.append(Backup(path, kind, made_at, path.stat().st_size))
    wanted = (each for each in found if scope in (None, each.scope))
    return sorted(wanted, key=lambda backup: (backup.made_at, backup.path.name), reverse=True)


def rotate(folder: Path, scope: str, keep: int) -> list[Path]:
    """Delete all but the newest ``keep`` of a scope; returns what went. Raises OSError."""
    gone = [backup.path for backup in backups_in(folder, scope)[keep:]]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def sweep(folder: Path) -> None:
    """Take away what an interrupted backup left; only while no other one is at work."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.name.startswith(_LEFTOVERS):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    os.unlink(path)
