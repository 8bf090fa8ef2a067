"""The worker that backs the unit up at night, at low priority: the database, and all of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from appliance.backup.making import UnitFiles, make_backup
from appliance.backup.shelf import FULL, SNAPSHOT, Backup, backups_in, rotate, sweep
from appliance.config import Settings
from appliance.daemon.clock import Instant
from appliance.daemon.nightly_work import is_due
from appliance.daemon.secret_key import backup_key
from appliance.daemon.worker import Pulse
from appliance.errors import BackupError
from appliance.store.own_days import day_in

logger = logging.getLogger(__name__)

LOOK_PERIOD_S = 10.0
RETRY_S = 900.0
"""After a failure; the disk may be back then."""

NICENESS = 15


class StoppedError(Exception):
    """The unit is stopping; the backup is made by the next run."""


class BackupLoop:
    """Reads the database through a connection of its own; nothing here holds up a screen."""

    def __init__(
        self,
        state_dir: Path,
        config_path: Path | None,
        now: Callable[[], Instant],
        settings: Callable[[], Settings],
    ) -> None:
        """``settings`` gives those in force."""
        self._state_dir = state_dir
        self._config_path = config_path
        self._now = now
        self._settings = settings
        self._made: dict[str, dt.datetime] = {}
        self._retry_at_s: dict[str, float] = {}
        self._troubles: dict[str, str] = {}

    def run(self, stop: threading.Event, pulse: Pulse) -> None:
        """Until ``stop``; a backup that is under way then is given up."""
        # On Linux the priority is a thread's own.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        for folder in filter(None, (self._folder(SNAPSHOT), self._folder(FULL))):
            sweep(folder)
        while not stop.is_set():
            self.look(stop)
            pulse.beat()
            stop.wait(LOOK_PERIOD_S)

    def look(self, stop: threading.Event) -> None:
        """Make what is due; a failure is one log line, however often it comes again."""
        now = self._now()
        for scope in (SNAPSHOT, FULL):
            folder = self._folder(scope)
            if folder is None or now.monotonic_s < self._retry_at_s.get(scope, 0.0):
                continue
            try:
                if self._is_time(folder, scope, now):
                    self._make(folder, scope, now.stamp.local, stop)
                self._troubles.pop(scope, None)
            except StoppedError:
                return
            except (BackupError, OSError) as exc:
                self._retry_at_s[scope] = now.monotonic_s + RETRY_S
                self._say(scope, str(exc))

    def status(self) -> dict[str, str | None]:
        """When the newest backup of each kind was made, and what keeps the next from it."""
        made: dict[str, str | None] = {}
        for scope in (SNAPSHOT, FULL):
            folder = self._folder(scope)
            newest = self._own(folder, scope) if folder else []
            made[scope] = newest[0].made_at.isoformat(timespec="seconds") if newest else None
        return {**made, "trouble": "; ".join(self._troubles.values()) or None}

    def _folder(self, scope: str) -> Path | None:
        if scope == SNAPSHOT:
            return snapshot_folder(self._state_dir)
        named = self._settings().backup.dir
        return Path(named) if named else None

    def _own(self, folder: Path, scope: str) -> list[Backup]:
        """Those that the unit itself would restore, the latest first."""
        key = backup_key(self._state_dir)
        return [each for each in backups_in(folder, scope, key) if key is None or each.is_own]

    def _is_time(self, folder: Path, scope: str, now: Instant) -> bool:
        newest = self._own(folder, scope)
        if not newest:
            return True
        if not now.stamp.is_synced:
            # While the clock is not set nobody knows the night: the days count that the unit ran.
            return newest[0].is_own and self._own_day() > newest[0].place.own_day
        last = newest[0].made_at.astimezone()
        made = self._made.get(scope)
        # A clock that was set back leaves backups of a time to come: of these one more is enough.
        if last > now.stamp.local and made is not None:
            last = made
        return is_due(now.stamp.local, last, self._settings().backup.time, 0)

    def _own_day(self) -> int:
        address = f"file:{quote(str(self._state_dir / 'appliance.db'))}?mode=ro"
        try:
            with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
                return day_in(database)
        except sqlite3.Error:
            return 0

    def _make(self, folder: Path, scope: str, local: dt.datetime, stop: threading.Event) -> None:
        def pause() -> None:
            if stop.is_set():
                raise StoppedError

        unit = unit_files(self._state_dir, self._config_path, self._settings())
        made = make_backup(unit, folder, scope, local, pause)
        self._made[scope] = local
        gone = rotate(folder, scope, self._settings().backup.keep, unit.key)
        size_mb = made.stat().st_size / 1e6
        logger.info("Backup %s made, %.1f MB; %d older gone", made, size_mb, len(gone))

    def _say(self, scope: str, trouble: str) -> None:
        if self._troubles.get(scope) != trouble:
            logger.error("No %s backup: %s", scope, trouble)
        self._troubles[scope] = trouble


def snapshot_folder(state_dir: Path) -> Path:
    """Where the nightly copies of the database lie."""
    return state_dir / "backups"


def unit_files(state_dir: Path, config_path: Path | None, settings: Settings) -> UnitFiles:
    """What a backup of this unit is made of."""
    key = settings.surroundings.kma_service_key_file
    return UnitFiles(state_dir, config_path, Path(key) if key else None, backup_key(state_dir))
