"""Measure the whole unit: stable face → ``playing``, memory, samples, CPU while nobody is there.

``python -m tests.end_to_end.benchmark`` prints one JSON object; nothing is asserted here.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.conftest import CHROMIUM, ROOT, chromium_arguments
from tests.end_to_end.unit_process import UnitProcess

QUICK_VISITS = {
    "session": {
        "again_after_s": 0,
        "show_timeout_s": 5,
        "rating_timeout_s": 2,
        "qr_timeout_s": 2,
    }
}


@click.command()
@click.option("--visits", default=12, show_default=True, help="Clips shown to a watcher.")
@click.option("--idle-s", default=20.0, show_default=True, help="Seconds of an empty street.")
@click.option(
    "--camera",
    default=str(ROOT.parent / "shared/data/video/head-pose-face-detection-male.gif"),
    show_default=True,
    help="Somebody who stays.",
)
def main(visits: int, idle_s: float, camera: str) -> None:
    """Measure latency, memory and idle CPU of the whole unit with a real Chromium."""
    with tempfile.TemporaryDirectory() as folder:
        report = busy(Path(folder), camera, visits) | idle(Path(folder), idle_s)
    click.echo(json.dumps(report, indent=2))


def busy(folder: Path, camera: str, visits: int) -> dict[str, Any]:
    """From the choice (made on the frame that became stable) to the browser's ``playing``."""
    sql = (
        "SELECT decided_at, at FROM decisions JOIN play_events USING (play_id)"
        " WHERE event = 'playing' AND decisions.screen = 'show'"
    )
    (folder / "busy").mkdir()
    with UnitProcess(folder / "busy", camera, QUICK_VISITS) as unit, page_of(unit):
        unit.wait_for(lambda: len(unit.rows(sql)) >= visits, "visits", timeout_s=30.0 * visits)
        memory = unit.process.memory_info().rss
        frames_per_s = unit.status()["frames_per_s"]
        gaps = sample_gaps_s(unit)
        latencies = sorted(seconds_between(row["decided_at"], row["at"]) for row in unit.rows(sql))
    return {
        "shown": len(latencies),
        "stable_to_playing_median_s": round(statistics.median(latencies), 3),
        "stable_to_playing_worst_s": round(latencies[-1], 3),
        "busy_frames_per_s": frames_per_s,
        "busy_rss_mb": round(memory / 1e6),
        "samples_apart_mean_s": round(float(np.mean(gaps)), 4),
        "samples_apart_deviation_s": round(float(np.std(gaps)), 4),
        "samples_apart_worst_s": round(max(gaps, key=lambda gap: abs(gap - 1)), 3),
    }


def sample_gaps_s(unit: UnitProcess) -> list[float]:
    """Between one second of a play and the next; somebody is there all the time."""
    rows = unit.rows("SELECT play_id, t_s FROM emotion_samples ORDER BY play_id, t_s")
    return [
        after["t_s"] - before["t_s"]
        for before, after in itertools.pairwise(rows)
        if before["play_id"] == after["play_id"]
    ]


def idle(folder: Path, duration_s: float) -> dict[str, Any]:
    """An empty street: grey frames with noise, so that nothing is cached away."""
    street = folder / "street"
    street.mkdir()
    noise = np.random.default_rng(0)
    for number in range(8):
        picture = noise.integers(90, 130, (480, 640, 3), dtype=np.uint8)
        cv2.imwrite(str(street / f"{number}.png"), cv2.blur(picture, (5, 5)))
    (folder / "idle").mkdir()
    with UnitProcess(folder / "idle", str(street)) as unit, page_of(unit):
        unit.wait_for(lambda: unit.status()["screen"] == "healing", "the healing screen")
        time.sleep(5)
        before = unit.process.cpu_times()
        started_s = time.monotonic()
        time.sleep(duration_s)
        after = unit.process.cpu_times()
        used_s = after.user + after.system - before.user - before.system
        return {
            "idle_cpu_percent_of_one_core": round(100 * used_s / (time.monotonic() - started_s), 1),
            "idle_frames_per_s": unit.status()["frames_per_s"],
            "idle_rss_mb": round(unit.process.memory_info().rss / 1e6),
        }


@contextlib.contextmanager
def page_of(unit: UnitProcess) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=chromium_arguments()
        )
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(unit.page_url)
        yield page
        browser.close()


def seconds_between(first: str, second: str) -> float:
    return (dt.datetime.fromisoformat(second) - dt.datetime.fromisoformat(first)).total_seconds()


if __name__ == "__main__":
    main()
