"""A folder of backups: their names, which there are, which of them go when a new one comes."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from appliance.backup.archive import read_manifest
from appliance.backup.manifest import Place
from appliance.backup.signature import Trust
from appliance.errors import BackupError

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
    trust: Trust
    place: Place
    """Among this unit's own, by the proof's chain; of others nobody knows."""

    @property
    def is_own(self) -> bool:
        return self.trust is Trust.OWN


def file_name(scope: str, now: dt.datetime) -> str:
    """``now`` is aware."""
    return f"{_PREFIX[scope]}-{now.astimezone(dt.UTC):%Y%m%dT%H%M%S}Z.tar"


def backups_in(folder: Path, scope: str | None = None, key: bytes | None = None) -> list[Backup]:
    """The latest first; a folder that is not there, or cannot be read, has none.

    ``key`` (of the unit's secret) tells its own from others. Its own come first, in the order of
    its chain, whatever the clock said when they were made; of the others their names tell.
    """
    found = []
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            match = _NAME.fullmatch(path.name)
            if match is None:
                continue
            kind = next(scope for scope, prefix in _PREFIX.items() if prefix == match[1])
            with contextlib.suppress(ValueError, OSError):
                made_at = dt.datetime.strptime(match[2], "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC)
                state = path.stat()
                trust, place = _looked_at(path, state.st_mtime_ns, state.st_size, key)
                found.append(Backup(path, kind, made_at, state.st_size, trust, place))
    return latest_first(each for each in found if scope in (None, each.scope))


def latest_first(backups: Iterable[Backup]) -> list[Backup]:
    """Also of several folders."""
    return sorted(
        backups,
        key=lambda each: (each.is_own, each.place, each.made_at, each.path.name),
        reverse=True,
    )


# Its list of checksums lies at an archive's end; status asks often.
@lru_cache(512)
def _looked_at(path: Path, mtime_ns: int, size: int, key: bytes | None) -> tuple[Trust, Place]:
    try:
        manifest = read_manifest(path)
    except BackupError:
        return Trust.DAMAGED, Place()
    trust = manifest.trust(key)
    return trust, manifest.facts.place if trust is Trust.OWN else Place()


def rotate(folder: Path, scope: str, keep: int, key: bytes | None = None) -> list[Path]:
    """Delete all but the latest ``keep`` of a scope; returns what went. Raises OSError.

    What another unit has signed is none of ours: it takes nobody's place and stays.
    """
    ours = (each for each in backups_in(folder, scope, key) if each.trust is not Trust.FOREIGN)
    gone = [backup.path for backup in [*ours][keep:]]
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
