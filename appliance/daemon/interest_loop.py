"""The worker that has the interest model learned each night, in a process of its own."""

from __future__ import annotations

import datetime as dt
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from appliance.config import Settings
from appliance.daemon.clock import Instant
from appliance.daemon.interest_file import InterestFile
from appliance.daemon.nightly_work import is_due, run_command
from appliance.daemon.worker import Pulse
from appliance.errors import DaemonError, FeedbackError

logger = logging.getLogger(__name__)

FIRST_LOOK_S = 120.0
"""After the start, which has better things to do."""

LOOK_PERIOD_S = 60.0
NICENESS = 19
TIMEOUT_S = 1800.0


class InterestLoop:
    """Learning takes scikit-learn and its memory: neither is ever the unit's own."""

    def __init__(
        self,
        state_dir: Path,
        now: Callable[[], Instant],
        settings: Callable[[], Settings],
        command: Sequence[str] | None = None,
    ) -> None:
        """``settings`` gives those in force; ``command`` learns, by default this program's own."""
        self._file = InterestFile(state_dir)
        self._now = now
        self._settings = settings
        self._command = command or learning_command(state_dir)
        self._tried_on: dt.date | None = None

    def run(self, stop: threading.Event, pulse: Pulse) -> None:
        """Until ``stop``; learning that is under way then is given up."""
        if find_spec("sklearn") is None:
            logger.info("Interest is not learned here: scikit-learn is not installed")
            return
        # On Linux the priority is a thread's own, and what it starts inherits it.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        stop.wait(FIRST_LOOK_S)
        while not stop.is_set():
            self.look(stop)
            pulse.beat()
            stop.wait(LOOK_PERIOD_S)

    def look(self, stop: threading.Event) -> None:
        """Learn if the night for it has come, once a night whatever comes of it."""
        now = self._now().stamp
        at_night = self._settings().retention.purge_time
        night = (now.local - at_night).date()
        if not now.is_synced or night == self._tried_on:
            return
        if not is_due(now.local, self._last_training(), at_night, 0):
            return
        self._tried_on = night
        try:
            run_command(self._command, TIMEOUT_S, stop)
            last = self._file.read().last_training
        except (DaemonError, FeedbackError) as exc:
            if not stop.is_set():
                logger.warning("Interest was not learned: %s", exc)
        else:
            logger.info("Interest learned: %s", last.outcome if last else "nothing")

    def _last_training(self) -> dt.datetime | None:
        try:
            last = self._file.read().last_training
            return dt.datetime.fromisoformat(last.at) if last else None
        except (FeedbackError, ValueError):
            return None


def learning_command(state_dir: Path) -> list[str]:
    """The program's own command, by the interpreter that runs this one."""
    program = [sys.executable, "-m", "appliance.cli.main"]
    return [*program, "--state-dir", str(state_dir), "--config", "none", "interest", "train"]
