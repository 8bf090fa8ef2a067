"""Somebody's wish that the camera be closed: set by the control loop, obeyed by perception."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from appliance.domain import Sensing


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether the unit sees, and why not."""

    sensing: Sensing
    trouble: str | None


class SensingSwitch:
    """Thread-safe flag; while paused the perception loop keeps the camera closed."""

    def __init__(self) -> None:
        self._paused = threading.Event()

    @property
    def is_paused(self) -> bool:
        return self._paused.is_set()

    def pause(self) -> None:
        self._paused.set()

    def resume(self) -> None:
        self._paused.clear()
