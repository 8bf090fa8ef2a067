"""The comparisons' pictures: confusions, accuracy against milliseconds, transforms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt

from models.comparisons.paper import BEST_FIVE, SINGLE
from models.comparisons.results import SHIPPED_NAME, Result, by_name, guessing, spread

DPI = 100
COLOURS = {"ReLU": "#7a7a7a", "Swish": "#2a7fb8", "Mish": "#d1495b"}
LOSS_COLOURS = {"cross-entropy": "#2a7fb8", "focal": "#d1495b"}
MARKERS = {"MobileNetV2": "o", "DenseNet121": "s", "VGG19": "^", "ResNet50": "D"}


def confusion(result: Result, title: str, path: Path) -> None:
    """Row-normalised matrix with counts in the cells."""
    names = list(result.cell["classes"])
    counts = np.array(result.confusion, float)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    figure, axes = plt.subplots(figsize=(4.6, 4.0))
    axes.imshow(share, cmap="Blues", vmin=0.0, vmax=1.0)
    for row in range(len(names)):
        for column in range(len(names)):
            axes.text(
                column,
                row,
                f"{share[row, column]:.1%}\n{int(counts[row, column])}",
                ha="center",
                va="center",
                fontsize=9,
                color="white" if share[row, column] > 0.5 else "black",
            )
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("taken for")
    axes.set_ylabel("labelled")
    axes.set_title(title, fontsize=10)
    _save(figure, path)


def accuracy_against_time(
    results: Sequence[Result], milliseconds: dict[str, float], shipped: float, path: Path
) -> None:
    """One mark a cell with its 95 % interval; colour: activation, shape: architecture.

    `shipped` is the share that the unit's own network has right.
    """
    figure, axes = plt.subplots(figsize=(6.4, 4.4))
    for result in results:
        architecture, activation = result.cell["architecture"], result.cell["activation"]
        name = f"{architecture}-{activation}"
        if name not in milliseconds:
            continue
        low, high = result.interval
        axes.errorbar(
            milliseconds[name],
            100.0 * result.accuracy,
            yerr=[[100.0 * (result.accuracy - low)], [100.0 * (high - result.accuracy)]],
            fmt=MARKERS[architecture],
            color=COLOURS[activation],
            markersize=7,
            elinewidth=1.0,
            capsize=2.5,
        )
    for activation, colour in COLOURS.items():
        axes.plot([], [], "o", color=colour, label=activation)
    for architecture, marker in MARKERS.items():
        axes.plot([], [], marker, color="black", fillstyle="none", label=architecture)
    if SHIPPED_NAME in milliseconds:
        place = milliseconds[SHIPPED_NAME], 100.0 * shipped
        axes.plot(*place, "*", color=COLOURS["Mish"], markersize=13)
        axes.annotate("the unit's own, int8", place, (9, -3), textcoords="offset points", size=8)
    axes.set_xlabel("milliseconds a face (ONNX Runtime, float32, median)")
    axes.set_ylabel("accuracy over three classes, %")
    axes.set_xlim(left=0.0)
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8, ncols=2)
    _save(figure, path)


def has_transforms(results: Sequence[Result]) -> bool:
    """Whether a cell of a transform alone is among the results."""
    names = {f"EfficientNet-B0-{loss}-{name}" for loss in LOSS_COLOURS for name in SINGLE}
    return bool(names & set(by_name(results)))


def transforms(results: Sequence[Result], path: Path) -> None:
    """Macro-F1 of each transform alone under both losses, with deviations over folds."""
    groups = by_name(results)
    figure, axes = plt.subplots(figsize=(7.2, 4.0))
    names = ("none", *SINGLE)
    for number, (loss, colour) in enumerate(LOSS_COLOURS.items()):
        places, means, deviations = [], [], []
        for place, name in enumerate(names):
            found = groups.get(f"EfficientNet-B0-{loss}-{name}")
            if found:
                scores = spread(result.macro_f1 for result in found)
                places.append(place + 0.38 * (number - 0.5))
                means.append(scores.mean)
                # One fold alone has no deviation to be drawn.
                deviations.append(scores.deviation if scores.count > 1 else np.nan)
        axes.bar(places, means, 0.36, yerr=deviations, color=colour, label=loss, capsize=2)
    least = spread(guessing(result).macro_f1 for result in results).mean
    axes.axhline(least, color="black", lw=0.8, ls=":", label="always the most frequent")
    labels = [f"{name}*" if name in BEST_FIVE else name for name in names]
    axes.set_xticks(range(len(names)), labels, rotation=35, ha="right")
    axes.set_ylabel("macro-F1, mean of folds")
    axes.set_title("* one of the imbalance paper's best five", fontsize=9)
    # Room for the legend above the bars.
    axes.margins(y=0.18)
    axes.legend(fontsize=8, ncols=3, loc="upper center")
    axes.grid(axis="y", alpha=0.25)
    _save(figure, path)


def _save(figure: plt.Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, dpi=DPI)
    plt.close(figure)
