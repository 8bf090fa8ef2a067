"""Tell systemd that the unit is ready, alive or stopping; without systemd nothing happens."""

from __future__ import annotations

import time

import sdnotify


class SystemdNotifier:
    """``Type=notify`` and the watchdog; the only file that knows sdnotify."""

    def __init__(self) -> None:
        self._notifier = sdnotify.SystemdNotifier()

    def ready(self, status: str) -> None:
        self._notifier.notify(f"READY=1\nSTATUS={status}")

    def reloading(self) -> None:
        """To be followed by ``ready``; the time tells systemd which of the two came later."""
        self._notifier.notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def alive(self) -> None:
        self._notifier.notify("WATCHDOG=1")

    def stopping(self) -> None:
        self._notifier.notify("STOPPING=1")
