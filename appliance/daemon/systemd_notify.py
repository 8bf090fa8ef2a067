"""Tell systemd that the unit is ready, alive or stopping; without systemd nothing happens."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

import sdnotify

USUAL_PATIENCE_S = 30.0
"""Of an operator who runs the unit by hand."""


class SystemdNotifier:
    """``Type=notify`` and the watchdog; the only file that knows sdnotify."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._notifier = sdnotify.SystemdNotifier()
        self.patience_s = _patience_s(environment.get("WATCHDOG_USEC", ""))
        """After so long without a sign of life systemd kills the unit (``WatchdogSec=``)."""

    def ready(self, status: str) -> None:
        self._notifier.notify(f"READY=1\nSTATUS={status}")

    def reloading(self) -> None:
        """To be followed by ``ready``; the time tells systemd which of the two came later."""
        self._notifier.notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def alive(self) -> None:
        self._notifier.notify("WATCHDOG=1")

    def stopping(self) -> None:
        self._notifier.notify("STOPPING=1")


def _patience_s(watchdog_us: str) -> float:
    """sd_watchdog_enabled(3)."""
    has_watchdog = watchdog_us.isdecimal() and int(watchdog_us) > 0
    return int(watchdog_us) / 1e6 if has_watchdog else USUAL_PATIENCE_S
