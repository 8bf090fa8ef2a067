"""A thread with a name, a stop event, a sign of life and a joined end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

JOIN_TIMEOUT_S = 10.0


class Pulse:
    """When a worker last made progress (monotonic seconds); written by one thread, read by any."""

    def __init__(self) -> None:
        self._last_s = time.monotonic()

    def beat(self) -> None:
        self._last_s = time.monotonic()

    @property
    def age_s(self) -> float:
        return time.monotonic() - self._last_s


class Worker:
    """Runs ``run(stop, pulse)`` until it returns; an exception there ends the whole process.

    ``on_death`` is called with the worker's name when ``run`` raised: the daemon then stops and
    systemd starts it again, which is better than a unit that limps on without one of its parts.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[threading.Event, Pulse], None],
        on_death: Callable[[str], None],
    ) -> None:
        self.name = name
        self.pulse = Pulse()
        self._run = run
        self._on_death = on_death
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._guarded, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the worker to end and wait for it; says so when it does not."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_TIMEOUT_S)
        if self._thread.is_alive():
            logger.error("Worker %s did not stop within %.0f s", self.name, JOIN_TIMEOUT_S)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _guarded(self) -> None:
        try:
            self._run(self._stop, self.pulse)
        except Exception:  # the top of a thread: logged, then the process ends
            logger.exception("Worker %s died", self.name)
            self._on_death(self.name)
