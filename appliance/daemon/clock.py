"""The unit's clocks: monotonic for durations, wall time for the record, and whether it is right."""

from __future__ import annotations

import ctypes
import datetime as dt
import time
from dataclasses import dataclass
from pathlib import Path

from appliance.store.stamp import Stamp

TIME_ERROR = 5
"""What adjtimex(2) returns while the kernel's clock is not synchronised."""

TIMEX_BYTES = 512
"""More than ``struct timex`` needs on any 64-bit Linux; all zero means: only read."""


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on both clocks."""

    monotonic_s: float
    stamp: Stamp


class Clock:
    """The machine's clocks; tests pass a clock of their own."""

    def __init__(self) -> None:
        self._checked_s = float("-inf")
        self._is_synced = False

    def now(self) -> Instant:
        now_s = time.monotonic()
        # Synchronisation changes once after boot; asking each time would be waste.
        if now_s - self._checked_s > 10:
            self._checked_s, self._is_synced = now_s, has_right_time()
        return Instant(now_s, Stamp(dt.datetime.now().astimezone(), self._is_synced))


def has_right_time() -> bool:
    """A clock chip kept the time over the power cut, or the kernel's clock is synchronised."""
    if Path("/dev/rtc0").exists():
        return True
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    except (OSError, AttributeError):
        return False
    return 0 <= int(state) < TIME_ERROR
