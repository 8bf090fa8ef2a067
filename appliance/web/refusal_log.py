"""Refused requests in the log: each kind once, so that a flood of them does not fill the disk."""

from __future__ import annotations

import logging
import threading

logger = logging.getLogger(__name__)

MAX_KINDS = 200


class RefusalLog:
    """Remembers which (where, reason) were logged; after ``MAX_KINDS`` it starts afresh."""

    def __init__(self, app_name: str) -> None:
        self._app_name = app_name
        self._lock = threading.Lock()
        self._seen: set[tuple[str, str]] = set()

    def note(self, where: str, reason: str) -> None:
        """``where`` is a route, never the address as sent: that could be anything."""
        with self._lock:
            if (where, reason) in self._seen:
                return
            if len(self._seen) >= MAX_KINDS:
                self._seen.clear()
            self._seen.add((where, reason))
        logger.warning(
            "%s refused %s: %s (further ones are not logged)", self._app_name, where, reason
        )
