"""The curves of regret over visits, one panel for each world."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import MaxNLocator

from models.learning.results import Outcome, names

STORED = Path(__file__).with_name("regret.png")
COLUMNS, DPI = 3, 75
COLOURS = ("#b9b9b9", "#8c6d46", "#c9a227", "#5b8e7d", "#2a7fb8", "#8a5fb0", "#d1495b", "#333333")


def draw(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write the figure; random choice runs out of the panel, so that the others can be told."""
    worlds, policies = names(outcomes, "world"), names(outcomes, "policy")
    rows = -(-len(worlds) // COLUMNS)
    size = (3.4 * COLUMNS, 2.9 * rows)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=size, squeeze=False)
    for panel, world in zip(axes.flat, worlds, strict=False):
        here = [each for each in outcomes if each.world == world]
        for outcome in here:
            number = policies.index(outcome.policy)
            panel.plot(
                outcome.visits,
                outcome.curve,
                color=COLOURS[number % len(COLOURS)],
                linewidth=2.4 if outcome.policy == "ours" else 1.2,
                label=outcome.policy,
            )
        ends = sorted(each.curve[-1] for each in here)
        panel.set_ylim(0, 1.15 * (ends[-2] if len(ends) > 1 else ends[-1]) or 1)
        panel.set_title(world, fontsize=10)
        panel.set_xlabel("visits, in thousands", fontsize=8)
        panel.xaxis.set_major_locator(MaxNLocator(5))
        panel.xaxis.set_major_formatter(lambda visits, _: f"{visits / 1000:g}")
        panel.tick_params(labelsize=7)
    spare = axes.flat[len(worlds) :]
    for panel in spare:
        panel.axis("off")
    axes[0][0].set_ylabel("mean regret", fontsize=8)
    handles, labels = axes[0][0].get_legend_handles_labels()
    if len(spare):
        spare[0].legend(handles, labels, loc="center", fontsize=8, frameon=False)
    else:
        figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=DPI)
    plt.close(figure)
