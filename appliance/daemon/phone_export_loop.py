"""The worker that exports the phone pages, at low priority: at night, and by day where asked."""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

from appliance.config import Settings
from appliance.config.settings import PhoneSettings
from appliance.daemon.clock import Instant
from appliance.daemon.nightly_work import is_due, run_command
from appliance.daemon.worker import Pulse
from appliance.errors import ApplianceError, DaemonError
from appliance.shipped import ui_dir
from appliance.web.phone.static_site import static_site
from appliance.web.phone.static_site_folder import (
    ExportStoppedError,
    SiteIndex,
    read_index,
    write_site,
)

logger = logging.getLogger(__name__)

LOOK_PERIOD_S = 10.0
RETRY_S = 900.0
"""After a failure; the network may be back then."""

NICENESS = 15


class PhoneExportLoop:
    """Reads the store through its own read-only connection; nothing here holds up a screen."""

    def __init__(
        self,
        state_dir: Path,
        now: Callable[[], Instant],
        settings: Callable[[], Settings],
    ) -> None:
        """``settings`` gives those in force."""
        self._state_dir = state_dir
        self._now = now
        self._settings = settings
        self._site: SiteIndex | None = None
        self._retry_at_s: float | None = None
        self._trouble = ""

    def has_page(self, clip_id: int) -> bool:
        """Whether a QR code for this clip leads somewhere; asked by the control loop, reads memory.

        Without a folder of its own the unit knows nothing of the site, and believes it.
        """
        if not self._settings().phone.export_dir:
            return True
        site = self._site
        return site is not None and clip_id in site.clip_ids

    def run(self, stop: threading.Event, pulse: Pulse) -> None:
        """Until ``stop``; an export or command that is under way then is given up."""
        # On Linux the priority is a thread's own, and what it starts inherits it.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while not stop.is_set():
            self.look(stop)
            pulse.beat()
            stop.wait(LOOK_PERIOD_S)

    def look(self, stop: threading.Event) -> None:
        """Export if it is time to; a failure is one log line, however often it comes again."""
        settings, now = self._settings(), self._now()
        if not settings.phone.export_dir:
            return
        try:
            self._site = read_index(Path(settings.phone.export_dir))
            if not now.stamp.is_synced:
                # Neither night nor the graph's day is known.
                self._say("the clock is not set yet")
            elif self._is_time(settings, now):
                self._export(settings, now.stamp.local, stop)
                self._retry_at_s, self._trouble = None, ""
        except ExportStoppedError:
            return
        except (ApplianceError, OSError) as exc:
            if stop.is_set():
                return
            self._retry_at_s = now.monotonic_s + RETRY_S
            self._say(str(exc))

    def _say(self, trouble: str) -> None:
        if trouble != self._trouble:
            logger.warning("The phone pages are not exported: %s", trouble)
        self._trouble = trouble

    def _is_time(self, settings: Settings, now: Instant) -> bool:
        if self._retry_at_s is not None:
            return now.monotonic_s >= self._retry_at_s
        last = None if self._site is None else self._site.written_at
        at_night = settings.retention.purge_time
        return is_due(now.stamp.local, last, at_night, settings.phone.export_every_s)

    def _export(self, settings: Settings, now: dt.datetime, stop: threading.Event) -> None:
        phone: PhoneSettings = settings.phone
        folder = Path(phone.export_dir)
        files = static_site(
            database_path=self._state_dir / "appliance.db",
            media_dir=self._state_dir / "clips",
            ui_dir=ui_dir(),
            settings=settings,
            now=now,
            with_clips=phone.export_clips,
        )
        done = write_site(folder, files, now, stop.is_set)
        self._site = read_index(folder)
        if phone.export_command:
            self._follow_up(phone, stop)
        logger.info(
            "Phone pages exported to %s: %d files, %d written, %d removed",
            folder, done.total, done.written, done.removed,
        )  # fmt: skip

    def _follow_up(self, phone: PhoneSettings, stop: threading.Event) -> None:
        try:
            run_command(phone.export_command, phone.export_command_timeout_s, stop)
        except DaemonError as exc:
            raise DaemonError(f"{exc} (phone.export_command)") from exc
