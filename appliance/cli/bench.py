"""``appliance bench``: how fast the networks run on this computer."""

from __future__ import annotations

import json
import resource
import statistics
import time
from functools import partial
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from appliance.audience.rules import AudienceRules
from appliance.camera.builtin import EMPTY_S, STAY_S, WALK_S, BuiltinCamera
from appliance.camera.pace import Clock
from appliance.cli.bench_decision import measure_decisions, print_decisions
from appliance.cli.context import Context
from appliance.cli.report_bench import bench_reports, print_reports
from appliance.daemon.networks import Networks
from appliance.daemon.perception import Perception

WARM_UP_FRAMES = 5


class SteppedTime:
    """Time that passes only by waiting for it: the feed is drawn as fast as it is used."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def wait(self, duration_s: float) -> None:
        self.now_s += duration_s


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--frames", type=click.IntRange(1, 100_000), default=200, show_default=True, help="How many."
)
@click.option("--size", type=click.Choice(["320", "416"]), help="Input of the shipped detector.")
@click.option("--threads", type=click.IntRange(1, 16), help="CPU threads of one inference.")
@click.option("--decision", is_flag=True, help="Measure choices in a made-up library instead.")
@click.option(
    "--clips",
    type=click.IntRange(1, 1_000_000),
    help="Of the library.  [default: 100000; 50 with --reports]",
)
@click.option(
    "--campaigns",
    type=click.IntRange(0, 100_000),
    help="Of the library.  [default: 10000; 5 with --reports]",
)
@click.option("--reports", is_flag=True, help="Measure the reports on a made-up past instead.")
@click.option("--plays", type=click.IntRange(100, 20_000_000), default=100_000, show_default=True)
@click.option("--samples", type=click.IntRange(0, 100_000_000), default=500_000, show_default=True)
@click.pass_obj
def bench(
    context: Context,
    as_json: bool,
    frames: int,
    size: str | None,
    threads: int | None,
    decision: bool,
    clips: int | None,
    campaigns: int | None,
    reports: bool,
    plays: int,
    samples: int,
) -> None:
    """Measure detection, emotion and the whole frame on the built-in feed, somebody near."""
    if reports:
        past = bench_reports(plays, samples, clips or 50, 5 if campaigns is None else campaigns)
        print_reports(past, as_json=as_json)
        return
    if decision:
        campaigns = 10_000 if campaigns is None else campaigns
        print_decisions(measure_decisions(clips or 100_000, campaigns, frames), as_json=as_json)
        return
    update: dict[str, Any] = {}
    if size is not None:
        update["detector_size_px"] = int(size)
    if threads is not None:
        update["threads"] = threads
    models = context.settings.models.model_copy(update=update)
    networks = Networks(models, context.state_dir, partial(click.echo, err=True))
    detector, classifier = networks.open_both()
    times = measure(Perception(detector, classifier, AudienceRules()), frames)
    report = {
        "models": {"detector": detector.name, "emotion": classifier.name},
        "threads": models.threads,
        "frames": frames,
        **{name: _summary(values) for name, values in times.items()},
        "frames_per_s": round(1e3 / statistics.fmean(times["frame_ms"]), 1),
        # Kibibytes on Linux.
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _print(report)


def measure(perception: Perception, frames: int) -> dict[str, list[float]]:
    """Milliseconds of each of ``frames`` frames in which somebody stands near."""
    clock = SteppedTime()
    fps = max(8.0, (frames + WARM_UP_FRAMES) / (0.9 * STAY_S))
    camera = BuiltinCamera(640, 480, fps, Clock(lambda: clock.now_s, clock.wait))
    camera.read()
    clock.now_s = EMPTY_S + WALK_S + 0.5
    times: dict[str, list[float]] = {"detect_ms": [], "emotion_ms": [], "frame_ms": []}
    for number in range(WARM_UP_FRAMES + frames):
        frame = camera.read()
        started = time.perf_counter()
        perception.step(frame)
        elapsed_ms = 1e3 * (time.perf_counter() - started)
        if number >= WARM_UP_FRAMES:
            times["detect_ms"].append(perception.times.detect_ms)
            times["emotion_ms"].append(perception.times.emotion_ms)
            times["frame_ms"].append(elapsed_ms)
    return times


def _summary(values: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 2),
        "p95": round(float(np.percentile(values, 95)), 2),
    }


def _print(report: dict[str, Any]) -> None:
    table = Table("", "median ms", "p95 ms")
    for name in ("detect", "emotion", "frame"):
        values = report[f"{name}_ms"]
        table.add_row(name, f"{values['median']:.1f}", f"{values['p95']:.1f}")
    console = Console(highlight=False)
    console.print(f"{report['models']['detector']}, {report['models']['emotion']}")
    console.print(table)
    console.print(
        f"{report['frames_per_s']} frames/s at most with {report['threads']} threads,"
        f" peak memory {report['peak_rss_mb']:.0f} MB, {report['frames']} frames"
    )
