"""What the machine itself says: temperature, throttling, free disk."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

KEEP_S = 10.0
"""A reading is good for so long; status and monitoring may ask more often."""

TOOL_TIMEOUT_S = 2.0

SENSORS = ("cpu_thermal", "soc_thermal", "coretemp", "k10temp", "cpu-thermal")
"""Names under which kernels report the processor; the first is the Raspberry Pi's."""

THROTTLED_BITS = {
    0: "under-voltage",
    1: "clock capped",
    2: "throttled",
    3: "soft temperature limit",
    16: "under-voltage earlier",
    17: "clock capped earlier",
    18: "throttled earlier",
    19: "soft temperature limit earlier",
}
"""Bits of ``vcgencmd get_throttled`` (Raspberry Pi documentation, "vcgencmd"); "earlier": since
the machine was started."""


@dataclass(frozen=True, slots=True)
class MachineReading:
    """None: this machine does not say."""

    temperature_c: float | None
    throttled: tuple[str, ...] | None
    """Words of ``THROTTLED_BITS``; empty: never since the start."""
    disk_free_bytes: int | None


class Machine:
    """Asked from any thread; reads anew at most every few seconds."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._latest: tuple[float, MachineReading] | None = None

    def read(self) -> MachineReading:
        now_s = time.monotonic()
        latest = self._latest
        if latest is None or now_s - latest[0] > KEEP_S:
            reading = MachineReading(_temperature_c(), _throttled(), _disk_free(self._state_dir))
            latest = self._latest = (now_s, reading)
        return latest[1]


def _temperature_c() -> float | None:
    try:
        sensors = psutil.sensors_temperatures()
    except (AttributeError, OSError, ValueError):
        return None
    for name in SENSORS:
        for sensor in sensors.get(name, ()):
            return round(float(sensor.current), 1)
    return None


def _throttled() -> tuple[str, ...] | None:
    """``throttled=0x50005`` is what the Pi's firmware answers."""
    tool = shutil.which("vcgencmd")
    if tool is None:
        return None
    try:
        answer = subprocess.run(
            [tool, "get_throttled"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TOOL_TIMEOUT_S,
            check=True,
        ).stdout
        bits = int(answer.strip().removeprefix("throttled="), 16)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return tuple(word for bit, word in THROTTLED_BITS.items() if bits >> bit & 1)


def _disk_free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
