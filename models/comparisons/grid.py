"""Runs the cells of a comparison one after the other; what is done is not done again."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from models import devices
from models.commands import TrainingDataError
from models.comparisons import cell, layers, results
from models.comparisons.cell import Cell
from models.comparisons.data import Fold
from models.devices import CPU
from models.emotion.mish import compile_kernels


def add_arguments(parser: argparse.ArgumentParser, pictures: int, epochs: int, batch: int) -> None:
    """The options both comparisons share; defaults are a budget for two cores."""
    parser.add_argument("--out", type=Path, required=True, help="folder for results")
    parser.add_argument("--pictures", type=int, default=pictures, help="0: all")
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--size", type=int, default=64, help="input side in pixels")
    parser.add_argument("--batch", type=int, default=batch)
    devices.add_arguments(parser)
    parser.add_argument("--plain", action="store_true", help="no compiled kernels (no compiler)")
    parser.add_argument(
        "--weights", type=Path, help="folder of ImageNet weights, <timm name>.safetensors each"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        default=[""],
        metavar="TEXT",
        help="run cells whose names contain one of these, to share the work among processes",
    )


def weights_for(folder: Path | None, timm_name: str) -> str | None:
    """The file of a network's ImageNet weights; raises TrainingDataError when it is missing."""
    if folder is None:
        return None
    path = folder / f"{timm_name}.safetensors"
    if not path.exists():
        raise TrainingDataError(f"no {path}: put timm's weights there, or leave out --weights")
    return str(path)


def prepare(given: argparse.Namespace) -> torch.device:
    """Set up PyTorch as the options say; returns where to train."""
    device = devices.prepare(given.device, given.threads)
    if not given.plain:
        compile_kernels(*layers.KERNELS)
    return device


def restore(jobs: Sequence[tuple[Cell, Fold]], out: Path) -> None:
    """Put the gathered results of equal cells into `out`: a folder of runs may be lost, the
    report's results are kept with the code."""
    path = results.RESULTS / f"{out.name}.json"
    known = json.loads(path.read_text()) if path.exists() else []
    for each, _ in jobs:
        result_path = out / f"{each.name}.json"
        for found in known:
            if cell.cell_of(found["cell"]) == each and not result_path.exists():
                result_path.write_text(json.dumps(found, indent=1) + "\n")


def chosen(jobs: Sequence[tuple[Cell, Fold]], only: Sequence[str]) -> list[tuple[Cell, Fold]]:
    """The jobs whose cells' names contain one of `only`; raises TrainingDataError for none."""
    found = [job for job in jobs if any(text in job[0].name for text in only)]
    if not found:
        raise TrainingDataError(
            f"--only {' '.join(only)}: no cell is called so; the first one is {jobs[0][0].name}"
        )
    return found


def run(jobs: Sequence[tuple[Cell, Fold]], out: Path, device: torch.device = CPU) -> None:
    """Every cell on its fold, with a bar over the cells that tells the time left.

    Several processes may share `out` if they run different cells.
    """
    out.mkdir(parents=True, exist_ok=True)
    restore(jobs, out)
    left = [(each, fold) for each, fold in jobs if not (out / f"{each.name}.json").exists()]
    print(f"{len(jobs)} cells, {len(jobs) - len(left)} of them done before; results in {out}")
    for each, fold in (bar := tqdm(left, desc="cells", unit="cell")):
        bar.set_postfix_str(each.name)
        cell.run(each, fold, out, device)
