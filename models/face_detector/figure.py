"""The picture of recall against false alarms that the model card shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib

from models.face_detector.matching import FALSE_ALARMS_PER_PICTURE, Curve

matplotlib.use("Agg")


def draw(curves: Mapping[str, Curve], path: Path) -> None:
    """Write a PNG with one line per network, both axes measured on faces/valid."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.0, 3.8), dpi=110)
    for name, result in curves.items():
        axes.plot(result.false_alarms, result.recall, label=name)
    axes.axvline(FALSE_ALARMS_PER_PICTURE, color="0.6", linestyle=":", label="operating limit")
    axes.set(xlim=(0, 1), ylim=(0.5, 1), xlabel="false alarms per picture")
    axes.set_ylabel("share of faces > 24 px found")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", frameon=False)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
