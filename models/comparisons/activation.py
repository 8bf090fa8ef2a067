"""Activation by architecture, the founding paper's table 2.

`python -m models.comparisons.activation --help`.

{MobileNetV2, DenseNet121, VGG19, ResNet50} × {ReLU, Swish, Mish} on happiness/neutral/sadness:
Adam at 1e-4, rotations of 5/10/15/20°, greyscale and colour jitter. Every cell gets the same
pictures and the same budget; `--weights` starts from ImageNet where a user has such files.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from models import commands
from models.comparisons import grid
from models.comparisons.architectures import ACTIVATIONS, TIMM_NAMES
from models.comparisons.cell import Cell
from models.comparisons.data import THREE, three_classes
from models.emotion import dataset

ARCHITECTURES = ("ResNet50", "MobileNetV2", "DenseNet121", "VGG19")


def cells(given: argparse.Namespace) -> list[Cell]:
    """All cells of the grid, the founding paper's winner first."""
    return [
        Cell(
            name=f"{architecture}-{activation}-{seed}",
            architecture=architecture,
            classes=THREE,
            activation=activation,
            transform="expression",
            size_px=given.size,
            epochs=given.epochs,
            batch=given.batch,
            seed=seed,
            weights=grid.weights_for(given.weights, TIMM_NAMES[architecture]),
        )
        for seed in range(1, given.seeds + 1)
        for architecture in given.architectures
        for activation in reversed(ACTIVATIONS)
    ]


def main() -> None:
    """Entry of `python -m models.comparisons.activation`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    dataset.add_arguments(parser)
    grid.add_arguments(parser, pictures=6000, epochs=10, batch=64)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument(
        "--architectures", nargs="+", choices=ARCHITECTURES, default=list(ARCHITECTURES)
    )
    given = parser.parse_args()
    device = grid.prepare(given)
    parts = dataset.load(given.fer, given.photos, given.cache)
    fold = three_classes(parts, given.pictures or None, seed=1)
    jobs = [(cell, fold) for cell in cells(given)]
    grid.run(grid.chosen(jobs, given.only), Path(given.out) / "activation", device)


if __name__ == "__main__":
    sys.exit(commands.run(main))
