"""What the kernel says of the state's disk, of the supply and of the displays."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SYS = Path("/sys")
MOUNTS = Path("/proc/self/mounts")

WORN_OUT = 0x0A
"""Of eMMC's life time estimates: 90 % to 100 % used; 0x0B: more (JEDEC JESD84-B51, EXT_CSD)."""
PRE_END = {2: "80 % of the reserved blocks are used", 3: "90 % of the reserved blocks are used"}


@dataclass(frozen=True, slots=True)
class CardHealth:
    device: str | None
    """Name of the block device, such as ``mmcblk0p2``; None: not known."""
    is_read_only: bool
    errors: int | None
    """That ext4 has counted since the file system was made; None: not counted there."""
    life_used: int | None
    """The larger estimate, in tenths; None: the card does not say (SD cards do not)."""
    pre_end: int | None
    """1: normal, 2: warning, 3: urgent."""


def card_health(folder: Path, sys: Path = SYS, mounts: Path = MOUNTS) -> CardHealth:
    """Of the disk that ``folder`` lies on."""
    device, options = _mount_of(folder, mounts)
    name = Path(os.path.realpath(device)).name if device else None
    card = _card_of(name, sys) if name else None
    return CardHealth(
        device=name,
        is_read_only="ro" in options,
        errors=_number(sys / "fs" / "ext4" / name / "errors_count") if name else None,
        life_used=_life_used(card),
        pre_end=_number(card / "pre_eol_info") if card else None,
    )


def _mount_of(folder: Path, mounts: Path) -> tuple[str | None, list[str]]:
    """Device and options of the mount with the longest way to ``folder``."""
    best: tuple[int, str | None, list[str]] = (-1, None, [])
    place = os.path.realpath(folder)
    with suppress(OSError):
        for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
            device, point, _, options = line.split()[:4]
            point = point.replace("\\040", " ")
            is_above = place == point or place.startswith(point.rstrip("/") + "/")
            if is_above and len(point) >= best[0]:
                kept = device if device.startswith("/dev/") else None
                best = (len(point), kept, options.split(","))
    return best[1], best[2]


def _card_of(name: str, sys: Path) -> Path | None:
    """The memory card that a partition belongs to."""
    for block in (sys / "block").glob("mmcblk*"):
        if name.startswith(block.name):
            return block / "device"
    return None


def _life_used(card: Path | None) -> int | None:
    if card is None:
        return None
    with suppress(OSError, ValueError):
        text = (card / "life_time").read_text(encoding="ascii")
        return max(int(part, 16) for part in text.split())
    return None


def _number(path: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int(path.read_text(encoding="ascii").strip(), 0)
    return None


def has_under_voltage(sys: Path = SYS) -> bool | None:
    """Whether the Raspberry Pi's own sensor reports it now; None: there is no such sensor."""
    for sensor in (sys / "class" / "hwmon").glob("*"):
        with suppress(OSError):
            if (sensor / "name").read_text(encoding="ascii").strip() == "rpi_volt":
                return _number(sensor / "in0_lcrit_alarm") == 1
    return None


def displays(sys: Path = SYS) -> Iterator[tuple[str, bool]]:
    """(connector, whether a display is on it) of every video output."""
    for connector in sorted((sys / "class" / "drm").glob("card*-*")):
        with suppress(OSError):
            status = (connector / "status").read_text(encoding="ascii").strip()
            yield connector.name.partition("-")[2], status == "connected"


def has_memory_limits(
    controllers: Path = Path("/sys/fs/cgroup/cgroup.controllers"),
    first_version: Path = Path("/sys/fs/cgroup/memory"),
) -> bool:
    """Whether the memory cgroup is there, of the second version or the first."""
    try:
        return "memory" in controllers.read_text("ascii").split()
    except OSError:
        return first_version.is_dir()
