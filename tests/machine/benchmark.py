"""Figures of the installed unit on a booted machine: start, a browser that dies, writes, a soak.

    python -m tests.machine.benchmark [--soak MINUTES] [--hour MINUTES]

The machine is the tests' container, whose screen is drawn in software; a Raspberry Pi's figures
are found with the same commands of systemd and /proc on one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from tests.machine.installed_unit import APPLIANCE, STATE, InstalledUnit, installed_unit

ORDINARY = '[camera]\nsource = "builtin"\n'
HURRIED = """
[camera]
source = "builtin"
[audience]
hold_s = 0.3
[session]
stable_timeout_s = 1
rating_timeout_s = 2
thanks_s = 0.2
qr_timeout_s = 2
again_after_s = 1
"""
TOUCH = (
    "document.querySelector('[data-screen=rating] .answer')"
    "?.dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}))"
)
KIOSK = "appliance-kiosk.service"
SHORT_CLIPS = 6
SAMPLE_S = 10.0


@dataclass(frozen=True)
class Reading:
    """One look at the unit."""

    minute: float
    daemon_mb: float
    browser_mb: float
    """Proportional set size of all the kiosk's processes, compositor included."""
    kiosk_files_mb: float
    """In the browser's folder, which lies in memory."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES")
    parser.add_argument("--hour", type=float, default=0, metavar="MINUTES")
    asked = parser.parse_args()
    with installed_unit(HURRIED if asked.soak else ORDINARY, kiosk=True) as unit:
        unit.wait_for(lambda: plays(unit), "the first clip")
        if asked.soak:
            soak(unit, asked.soak)
        elif asked.hour:
            writes(unit, asked.hour)
        else:
            starts(unit)
            deaths(unit)


# --- start and death ------------------------------------------------------------------------


def starts(unit: InstalledUnit, times: int = 5) -> None:
    """From power-on to our own first picture, to the panel's page, and to the first clip."""
    seen: dict[str, list[float]] = {"our own page": [], "panel": [], "clip": []}
    for _ in range(times):
        before = plays(unit)
        unit.machine.pull_the_plug()
        began_s = time.monotonic()
        unit.machine.boot(wait=False)
        for what, there in (
            ("our own page", lambda: '"title": "Maum Signage"' in devtools(unit)),
            ("panel", lambda: '"url": "http://127.0.0.1:8080/"' in devtools(unit)),
            ("clip", lambda before=before: plays(unit) > before),
        ):
            seen[what].append(passed(there, began_s))
    show("power-on to", seen)


def deaths(unit: InstalledUnit, times: int = 5) -> None:
    """From the death of the browser or its page to the panel's page on the screen again."""
    seen: dict[str, list[float]] = {"whole browser": [], "its page": []}
    for _ in range(times):
        for what, part in (("whole browser", "/usr/lib/chromium/chromium"),
                           ("its page", "--type=renderer")):  # fmt: skip
            unit.wait_for(lambda: unit.status().get("uptime_s", 0) > 20, "the daemon")
            unit.wait_for(lambda: unit.status().get("pages") == 1, "the page")
            time.sleep(16)
            unit.run("pkill", "--signal=KILL", "--uid=appliance-kiosk", "--full", "--", part)
            began_s = time.monotonic()
            passed(lambda: unit.status().get("pages") == 0, began_s)
            seen[what].append(passed(lambda: unit.status().get("pages") == 1, began_s))
    show("killed, to the panel again:", seen)


def passed(condition: Callable[[], object], began_s: float) -> float:
    while not condition():
        assert time.monotonic() - began_s < 120, "waited in vain"
        time.sleep(0.05)
    return time.monotonic() - began_s


def show(title: str, seen: dict[str, list[float]]) -> None:
    for what, values in seen.items():
        print(f"{title} {what}: median {statistics.median(values):.1f} s, worst "
              f"{max(values):.1f} s of {len(values)}", flush=True)  # fmt: skip


# --- writes ---------------------------------------------------------------------------------


def writes(unit: InstalledUnit, minutes: float) -> None:
    """What reaches the disk in ordinary work, the first minute past."""
    time.sleep(60)
    before, first, began_s = written_mb(unit), plays(unit), time.monotonic()
    time.sleep(minutes * 60)
    hours = (time.monotonic() - began_s) / 3600
    for name, mb in written_mb(unit).items():
        print(f"{name}: {(mb - before[name]) / hours:.1f} MB written an hour")
    print(f"at {(plays(unit) - first) / hours:.0f} plays an hour")


def written_mb(unit: InstalledUnit) -> dict[str, float]:
    services = ("appliance", "appliance-kiosk", "systemd-journald")
    found = {}
    for name in services:
        script = (
            f"cat $(sed 's|.*|/proc/&/io|' /sys/fs/cgroup/system.slice/{name}.service/cgroup.procs)"
            " | awk '/^write_bytes/ {sum += $2} END {print sum}'"
        )
        found[name] = int(unit.run("sh", "-c", script).splitlines()[-1]) / 1e6
    return found


# --- soak -----------------------------------------------------------------------------------


def soak(unit: InstalledUnit, minutes: float) -> None:
    """Short clips and short screens, one visit after the other, every question answered."""
    shorten_library(unit)
    readings, began_s = [], time.monotonic()
    next_s = began_s
    while (now_s := time.monotonic()) - began_s < minutes * 60:
        unit.page(TOUCH)
        if now_s >= next_s:
            next_s += SAMPLE_S
            readings.append(read(unit, (now_s - began_s) / 60))
            print(json.dumps(asdict(readings[-1])), flush=True)
        time.sleep(0.5)
    show_quarters(readings)
    for what in ("visits", "ratings", "play_events"):
        print(f"{what}: {unit.rows(f'SELECT count(*) FROM {what}')[0][0]}")
    print(f"starts by systemd: {unit.starts()}, kiosk {unit.property('NRestarts', KIOSK)}")


def show_quarters(readings: list[Reading]) -> None:
    """Memory goes up and down with what is collected; growth shows from quarter to quarter."""
    size = len(readings) // 4
    for name in ("daemon_mb", "browser_mb", "kiosk_files_mb"):
        values = [getattr(each, name) for each in readings]
        quarters = [values[number * size : (number + 1) * size] for number in range(4)]
        said = ", ".join(f"{statistics.mean(each):.0f}" for each in quarters)
        print(f"{name}: mean of each quarter {said}; largest {max(values):.0f}")


def shorten_library(unit: InstalledUnit) -> None:
    for number in range(SHORT_CLIPS):
        picture = f"testsrc2=size=1280x720:rate=30,hue=h={60 * number}"
        unit.run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", picture,
                 "-t", "2.5", "-pix_fmt", "yuv420p", f"/tmp/{number}.mp4")  # fmt: skip
        unit.run(APPLIANCE, "clip", "add", f"/tmp/{number}.mp4", "--kind", "healing",
                 "--title", f"short {number}")  # fmt: skip
    ids = [str(row[0]) for row in unit.rows("SELECT id FROM clips WHERE title NOT LIKE 'short%'")]
    unit.run(APPLIANCE, "clip", "disable", *ids)
    unit.run("chown", "-R", "appliance:appliance", STATE)


def read(unit: InstalledUnit, minute: float) -> Reading:
    script = (
        "for s in appliance appliance-kiosk; do cat $(sed 's|.*|/proc/&/smaps_rollup|'"
        " /sys/fs/cgroup/system.slice/$s.service/cgroup.procs) 2>/dev/null"
        " | awk '/^Pss:/ {sum += $2} END {print sum}'; done; du -sk /run/appliance-kiosk | cut -f1"
    )
    daemon, browser, files = unit.run("sh", "-c", script).split()[:3]
    return Reading(round(minute, 2), *(round(int(each) / 1e3, 1) for each in
                                       (daemon, browser, files)))  # fmt: skip


def devtools(unit: InstalledUnit) -> str:
    return unit.run("curl", "-s", "http://127.0.0.1:9222/json/list", check=False)


def plays(unit: InstalledUnit) -> int:
    try:
        return int(unit.rows("SELECT count(*) FROM play_events WHERE event = 'playing'")[0][0])
    except (AssertionError, ValueError):
        return 0


if __name__ == "__main__":
    main()
