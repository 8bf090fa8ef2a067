"""When the leading watcher's reaction to a clip is noted: once a second of the play."""

from __future__ import annotations

SAMPLE_PERIOD_S = 1.0


class Sampling:
    """The due moments of one play."""

    def __init__(self, playing_since_s: float) -> None:
        """``playing_since_s``: monotonic time of the browser's ``playing``."""
        self._since_s = playing_since_s
        self._next_s = playing_since_s

    def due_at(self, now_s: float) -> float | None:
        """Seconds of the play so far when a sample is due, which makes the next one due."""
        if now_s < self._next_s:
            return None
        # Counted from the last due moment, not from now, so that the rate does not drift.
        missed = (now_s - self._next_s) // SAMPLE_PERIOD_S
        self._next_s += (missed + 1) * SAMPLE_PERIOD_S
        return now_s - self._since_s
