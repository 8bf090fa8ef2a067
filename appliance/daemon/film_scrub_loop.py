"""The worker that reads every film through by night: what is not as it was taken in is not shown.

Slowly and at the lowest priority; a film that is new, or was written to, is read by day as well.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from appliance.config import Settings
from appliance.content.film_book import OTHER_CONTENT, Checks, FilmBook, FilmCheck
from appliance.daemon.clock import Instant
from appliance.daemon.worker import Pulse
from appliance.errors import StoreError
from appliance.store.clips import ClipStore
from appliance.store.database import open_database

logger = logging.getLogger(__name__)

FIRST_LOOK_S = 20.0
LOOK_PERIOD_S = 20.0
NICENESS = 19
CHUNK_BYTES = 1 << 20
BYTES_PER_S = 4 << 20
"""Of the card, which the screen needs too: a library of 10 GB takes 42 minutes."""
WRITE_PERIOD_S = 300.0
DAY_S = 86_400.0


class FilmScrubLoop:
    """Reads the library through a connection of its own, and writes the book of films."""

    def __init__(
        self, state_dir: Path, now: Callable[[], Instant], settings: Callable[[], Settings]
    ) -> None:
        """``settings`` gives those in force."""
        self._database_path = state_dir / "appliance.db"
        self._clips_dir = state_dir / "clips"
        self._book = FilmBook(state_dir)
        self._now = now
        self._settings = settings
        self._checks = self._book.read()
        self._read_through_s: float | None = None
        """When all were last read through, for a clock that is not set; monotonic."""
        self._written_s = 0.0
        self._trouble = ""

    def run(self, stop: threading.Event, pulse: Pulse) -> None:
        """Until ``stop``; a film that is being read then is read again by the next run."""
        # On Linux the priority is a thread's own.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        stop.wait(FIRST_LOOK_S)
        while not stop.is_set():
            try:
                self.look(stop)
                self._trouble = ""
            except (StoreError, OSError) as exc:
                # Said once; what was found stays known to this run.
                if str(exc) != self._trouble:
                    logger.warning("Films are not looked at: %s", exc)
                self._trouble = str(exc)
            pulse.beat()
            stop.wait(LOOK_PERIOD_S)

    def look(self, stop: threading.Event) -> None:
        """Read what is new or was written to, and by night all. Raises StoreError, OSError."""
        with open_database(self._database_path, read_only=True) as database:
            wanted = {clip.file: clip.sha256 for clip in ClipStore(database).all()}
        before = dict(self._checks)
        self._checks = {name: check for name, check in before.items() if name in wanted}
        now = self._now()
        night = self._night(now)
        for name in [*self._changed(wanted), *self._due(wanted, night, now)]:
            if stop.is_set():
                break
            self._check(name, wanted[name], night, stop)
            self._write(before, is_urgent=False)
        else:
            self._read_through_s = self._read_through_s or now.monotonic_s
        self._write(before, is_urgent=True)

    @property
    def troubles(self) -> list[str]:
        """For status: what is not shown, and why."""
        return [f"{name}: {each.trouble}" for name, each in [*self._checks.items()] if each.trouble]

    def _night(self, now: Instant) -> str:
        at_night: dt.timedelta = self._settings().retention.purge_time
        return (now.stamp.local - at_night).date().isoformat() if now.stamp.is_synced else ""

    def _changed(self, names: Iterable[str]) -> list[str]:
        def is_as_read(name: str) -> bool:
            check = self._checks.get(name)
            return check is not None and check.is_of(self._clips_dir / name)

        return [name for name in names if not is_as_read(name)]

    def _due(self, names: Iterable[str], night: str, now: Instant) -> list[str]:
        """All that were not read this night; without a right clock, each day that it runs."""
        if not night:
            since_s = self._read_through_s
            if since_s is None or now.monotonic_s - since_s < DAY_S:
                return []
            self._read_through_s = None
            return [*names]
        return [name for name in names if self._checks.get(name, _NEVER).night != night]

    def _check(self, name: str, sha256: str, night: str, stop: threading.Event) -> None:
        path = self._clips_dir / name
        try:
            before = path.stat()
        except OSError:
            self._checks.pop(name, None)  # the library itself says that it is gone
            return
        try:
            found = _slow_sha256(path, stop)
        except OSError as exc:
            trouble: str | None = f"it cannot be read ({exc.strerror})"
        else:
            if found is None:
                return
            trouble = None if found == sha256 else OTHER_CONTENT
        known = self._checks.get(name, _NEVER)
        if trouble != known.trouble:
            if trouble:
                logger.error("The film %s is not shown: %s; take it in again", name, trouble)
            else:
                logger.info("The film %s is again what was taken in", name)
        self._checks[name] = FilmCheck(before.st_size, before.st_mtime_ns, night, trouble)

    def _write(self, before: Checks, *, is_urgent: bool) -> None:
        """Into the book, at once where it changes what is shown; a card is not written for each."""
        now_s = self._now().monotonic_s
        is_urgent |= _troubles_of(before) != _troubles_of(self._checks)
        if self._checks != before and (is_urgent or now_s - self._written_s >= WRITE_PERIOD_S):
            self._book.write(self._checks)
            before.clear()
            before.update(self._checks)
            self._written_s = now_s


_NEVER = FilmCheck(-1, -1, "never", None)


def _troubles_of(checks: Checks) -> dict[str, str]:
    return {name: check.trouble for name, check in checks.items() if check.trouble}


def _slow_sha256(path: Path, stop: threading.Event) -> str | None:
    """From the card itself, not from memory; None: asked to stop. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as film:
        os.posix_fadvise(film.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := film.read(CHUNK_BYTES):
            digest.update(chunk)
            os.posix_fadvise(film.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            if stop.wait(len(chunk) / BYTES_PER_S):
                return None
    return digest.hexdigest()
