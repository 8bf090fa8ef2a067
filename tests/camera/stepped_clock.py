"""Time for cameras under test: it passes only by sleeping."""

from __future__ import annotations

from appliance.camera.camera import Camera
from appliance.camera.pace import Clock
from appliance.domain import Frame


class SteppedClock:
    def __init__(self, now_s: float = 100.0) -> None:
        self.now_s = now_s
        self.slept: list[float] = []

    def sleep_s(self, duration_s: float) -> None:
        self.slept.append(duration_s)
        self.now_s += duration_s

    def as_clock(self) -> Clock:
        return Clock(lambda: self.now_s, self.sleep_s)


def read_on(camera: Camera, into: list[Frame] | None = None, limit: int = 200) -> None:
    """Read until the camera raises, at most ``limit`` frames."""
    for _ in range(limit):
        frame = camera.read()
        if into is not None:
            into.append(frame)
