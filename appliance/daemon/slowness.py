"""Which network keeps the unit from seeing in time."""

from __future__ import annotations

from collections import Counter

from appliance.daemon.perception import StepTimes
from appliance.inference.model_manifest import Task

IN_A_ROW = 5
"""Slow answers after which a network is slow; one alone is a busy processor."""
FAR_TOO_SLOW = 5.0
"""Times the bound, of which one answer is enough."""


class Slowness:
    """Counts answers in a row that took too long."""

    def __init__(self) -> None:
        self._counts: Counter[Task] = Counter()

    def observe(self, times: StepTimes, most_ms: float) -> tuple[Task, str] | None:
        """Take in one frame's times; returns whose network is too slow, and why, once."""
        taken: dict[Task, float] = {"face-detection": times.detect_ms, "emotion": times.emotion_ms}
        for task, took_ms in taken.items():
            if took_ms == 0.0:
                continue  # not asked
            is_slow = took_ms > most_ms
            self._counts[task] = self._counts[task] + 1 if is_slow else 0
            if self._counts[task] >= IN_A_ROW or took_ms > FAR_TOO_SLOW * most_ms:
                self._counts[task] = 0
                return task, f"it took {took_ms:.0f} ms for one picture, at most {most_ms:g} may"
        return None
