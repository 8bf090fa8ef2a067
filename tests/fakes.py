"""Stand-ins at the edge of the machine: they implement the real interfaces."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

import numpy as np

from appliance.daemon.clock import Instant
from appliance.domain import AudienceMoment, Frame
from appliance.errors import CameraError
from appliance.store.stamp import Stamp


class FakeCamera:
    """Delivers black frames at once, at most ``frames`` of them; then it is unplugged."""

    name = "fake camera"

    def __init__(self, frames: int = 1_000_000) -> None:
        self.left = frames
        self.rates: list[float] = []
        self.is_closed = False

    def read(self) -> Frame:
        if self.left == 0:
            raise CameraError("unplugged")
        self.left -= 1
        time.sleep(0.002)
        return Frame(np.zeros((4, 4, 3), np.uint8), time.monotonic(), self.left)

    def set_fps(self, fps: float) -> None:
        self.rates.append(fps)

    def close(self) -> None:
        self.is_closed = True


class FakePerception:
    """Sees whatever ``look`` says, whatever the frame."""

    def __init__(self, look: Callable[[], AudienceMoment]) -> None:
        self._look = look
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1

    def step(self, frame: Frame) -> AudienceMoment:
        return self._look()


class FakeClock:
    """A clock that goes only when told."""

    def __init__(self, local: dt.datetime | None = None) -> None:
        self.now_s = 1000.0
        zone = dt.timezone(dt.timedelta(hours=9))
        self.local = local or dt.datetime(2026, 4, 10, 14, 0, tzinfo=zone)
        self.is_synced = True

    def advance(self, duration_s: float) -> None:
        self.now_s += duration_s
        self.local += dt.timedelta(seconds=duration_s)

    def now(self) -> Instant:
        return Instant(self.now_s, Stamp(self.local, self.is_synced))
