"""Measure what ``appliance see`` takes beyond its networks, start included, as its user would.

``python -m tests.end_to_end.see_benchmark FOLDER [--faces-cropped]`` prints one JSON object;
nothing is asserted here.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click

from appliance.cli.picture_reading import find_pictures
from tests.end_to_end.unit_process import APPLIANCE


@dataclass(frozen=True, slots=True)
class Run:
    """One process over all pictures."""

    wall_s: float
    networks_s: float
    faces: int

    @property
    def overhead_percent(self) -> float:
        return 100 * (self.wall_s / self.networks_s - 1)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--pictures", default=500, show_default=True, help="How many of the folder.")
@click.option("--runs", default=3, show_default=True, help="Processes, one after the other.")
@click.option("--faces-cropped", is_flag=True, help="Each picture is one face.")
def main(folder: Path, pictures: int, runs: int, faces_cropped: bool) -> None:
    """Time whole processes of ``appliance see --json`` against what its networks took."""
    found = list(find_pictures([folder]))
    # Spread over the folder: its subfolders may differ.
    chosen = list(islice(found[:: max(1, len(found) // pictures)], pictures))
    measured = [time_one(chosen, faces_cropped) for _ in range(runs)]
    report = {
        "pictures": len(chosen),
        "faces": measured[0].faces,
        "wall_s": [round(run.wall_s, 2) for run in measured],
        "networks_s": [round(run.networks_s, 2) for run in measured],
        "overhead_percent_median": round(
            statistics.median(run.overhead_percent for run in measured), 1
        ),
    }
    click.echo(json.dumps(report))


def time_one(pictures: list[Path], faces_cropped: bool) -> Run:
    """From starting the process to its end."""
    command = [str(APPLIANCE), "--config", "none", "see", "--json"]
    command += ["--faces-cropped"] if faces_cropped else []
    started_s = time.perf_counter()
    done = subprocess.run([*command, *pictures], capture_output=True, check=True)
    wall_s = time.perf_counter() - started_s
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    networks_ms = sum(picture["ms"]["detect"] + picture["ms"]["emotion"] for picture in seen)
    return Run(wall_s, networks_ms / 1e3, sum(len(picture["faces"]) for picture in seen))


if __name__ == "__main__":
    main()
