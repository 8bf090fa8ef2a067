"""Delivering frames at a rate: one place that waits, with a clock that tests may replace."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Monotonic time and how to wait for it to pass."""

    now_s: Callable[[], float] = time.monotonic
    sleep_s: Callable[[float], None] = time.sleep


class Pace:
    """``wait`` returns at most ``fps`` times a second; a late caller is not made later."""

    def __init__(self, fps: float, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self._period_s = 1.0 / fps
        self._due_s = self._clock.now_s()

    def set_fps(self, fps: float) -> None:
        """Change the rate from the next frame on; frames a second, above 0."""
        self._due_s += 1.0 / fps - self._period_s
        self._period_s = 1.0 / fps

    def now_s(self) -> float:
        return self._clock.now_s()

    def wait(self) -> float:
        """Sleep until the next frame is due; returns the time then (monotonic)."""
        remaining_s = self._due_s - self._clock.now_s()
        if remaining_s > 0:
            self._clock.sleep_s(remaining_s)
        now_s = self._clock.now_s()
        # After a hold-up the rate goes on from now: frames are never delivered in a burst.
        self._due_s = max(self._due_s + self._period_s, now_s)
        return now_s
