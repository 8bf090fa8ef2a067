"""Counts what was logged as a warning or an error, for status and monitoring."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable

HOUR_MIN = 60
MAX_TEXT = 200


class LogCounter(logging.Handler):
    """One count a minute for the last hour, and totals; keeps one line of text, the last error."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.WARNING)
        self._monotonic_s = monotonic_s
        self._counting = threading.Lock()
        self._minutes: deque[tuple[int, str]] = deque()
        self._by_minute: Counter[tuple[int, str]] = Counter()
        self._total: Counter[str] = Counter()
        self._last_error: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        kind = "error" if record.levelno >= logging.ERROR else "warning"
        try:
            text = " ".join(record.getMessage().split())[:MAX_TEXT]
        except Exception:  # noqa: BLE001 -- a wrong log call is reported by the other handlers
            text = str(record.msg)[:MAX_TEXT]
        with self._counting:
            self._forget()
            slot = (self._minute(), kind)
            if slot not in self._by_minute:
                self._minutes.append(slot)
            self._by_minute[slot] += 1
            self._total[kind] += 1
            if kind == "error":
                self._last_error = text

    def last_hour(self) -> dict[str, int]:
        """``error`` and ``warning`` of the last sixty minutes."""
        with self._counting:
            self._forget()
            counts = {"error": 0, "warning": 0}
            for (_, kind), count in self._by_minute.items():
                counts[kind] += count
            return counts

    def total(self) -> dict[str, int]:
        """Since the start."""
        with self._counting:
            return {"error": self._total["error"], "warning": self._total["warning"]}

    @property
    def last_error(self) -> str | None:
        """The latest error's text while it counts in the last hour."""
        return self._last_error if self.last_hour()["error"] else None

    def _minute(self) -> int:
        return int(self._monotonic_s() // 60)

    def _forget(self) -> None:
        oldest = self._minute() - HOUR_MIN
        while self._minutes and self._minutes[0][0] <= oldest:
            del self._by_minute[self._minutes.popleft()]
