"""Pictures for the model card: confusion matrix and reliability diagram, as small PNG files."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt

from models.emotion.labels import LABELS

DPI = 90


def confusion(counts: list[list[int]], title: str, path: Path) -> None:
    """Row-normalised matrix with counts in the cells."""
    matrix = np.array(counts, float)
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1.0)
    figure, axes = plt.subplots(figsize=(6.2, 5.4))
    picture = axes.imshow(share, cmap="Blues", vmin=0.0, vmax=1.0)
    for row in range(len(LABELS)):
        for column in range(len(LABELS)):
            dark = share[row, column] > 0.5
            axes.text(
                column,
                row,
                f"{share[row, column]:.0%}\n{int(matrix[row, column])}",
                ha="center",
                va="center",
                fontsize=7,
                color="white" if dark else "black",
            )
    axes.set_xticks(range(len(LABELS)), LABELS, rotation=40, ha="right")
    axes.set_yticks(range(len(LABELS)), LABELS)
    axes.set_xlabel("taken for")
    axes.set_ylabel("labelled")
    axes.set_title(title, fontsize=10)
    figure.colorbar(picture, shrink=0.8)
    figure.tight_layout()
    figure.savefig(path, dpi=DPI)
    plt.close(figure)


def reliability(curves: dict[str, list[tuple[float, float, int]]], title: str, path: Path) -> None:
    """Share right against said confidence, one line per name."""
    figure, axes = plt.subplots(figsize=(5.0, 4.4))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    for name, bins in curves.items():
        axes.plot([said for said, _, _ in bins], [was for _, was, _ in bins], "o-", label=name)
    axes.set_xlabel("largest probability (mean of the bin)")
    axes.set_ylabel("share right")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.legend(loc="upper left", fontsize=8)
    axes.set_title(title, fontsize=10)
    figure.tight_layout()
    figure.savefig(path, dpi=DPI)
    plt.close(figure)
