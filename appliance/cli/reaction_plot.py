"""Draws a play's seven probabilities over time, the largest of each second marked."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from appliance.cli.figure_file import INK, PAPER, RULE, SOFT, SUFFIXES, write_figure
from appliance.domain import EMOTIONS, EmotionSample
from appliance.store.records import PastReaction

__all__ = ["SUFFIXES", "draw"]

COLOURS = {
    "neutral": "#8d959a",
    "happiness": "#e0941f",
    "sadness": "#4f7bb5",
    "surprise": "#b476c4",
    "fear": "#6a558f",
    "disgust": "#5d8c77",
    "anger": "#c0523c",
}
"""Of the phone page's chart, darker, for thin lines."""

LONGEST_TITLE = 60


def draw(path: Path, past: PastReaction, samples: Sequence[EmotionSample]) -> None:
    """Write the figure (viewer-interest paper, figure 2), whole or not at all.

    Raises FeedbackError without matplotlib, ContentError for another suffix or when the file
    cannot be written.
    """

    def paint(axes: Any) -> None:
        _lines(axes, samples)
        _marks(axes, samples)
        _frame(axes, past, samples)

    write_figure(path, paint)


def _lines(axes: Any, samples: Sequence[EmotionSample]) -> None:
    """One line per emotion, broken where the unit abstained."""
    times = [sample.t_s for sample in samples]
    for place, emotion in enumerate(EMOTIONS):
        values = [
            float("nan") if sample.is_abstained else sample.probabilities[place]
            for sample in samples
        ]
        axes.plot(times, values, color=COLOURS[emotion], linewidth=1.4, alpha=0.75, zorder=2)
    for sample in samples:
        if sample.is_abstained:
            axes.axvspan(sample.t_s - 0.5, sample.t_s + 0.5, color=RULE, linewidth=0, zorder=0)


def _marks(axes: Any, samples: Sequence[EmotionSample]) -> None:
    """A dot on the largest probability of each second."""
    for sample in samples:
        if sample.is_abstained:
            continue
        most = max(sample.probabilities)
        emotion = EMOTIONS[sample.probabilities.index(most)]
        axes.plot(
            sample.t_s, most, "o", color=COLOURS[emotion], markeredgecolor=PAPER,
            markeredgewidth=1.0, markersize=8, zorder=3, clip_on=False,
        )  # fmt: skip


def _frame(axes: Any, past: PastReaction, samples: Sequence[EmotionSample]) -> None:
    axes.set_ylim(0, 1)
    axes.set_xlim(0, max(1.0, samples[-1].t_s + 0.5))
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    axes.set_xlabel("seconds since the clip began", color=SOFT)
    abstained = f", {past.abstained} s abstained (shaded)" if past.abstained else ""
    title = textwrap.shorten(past.clip_title, LONGEST_TITLE, placeholder=" …")
    axes.set_title(
        title, loc="left", color=INK, fontsize=13, fontweight="bold", pad=24, parse_math=False
    )
    axes.text(
        0, 1.03, f"Probability of each emotion; {past.reaction.sampled} s sampled{abstained}",
        transform=axes.transAxes, color=SOFT, fontsize=9,
    )  # fmt: skip
    ranked = sorted(zip(past.reaction.ratios, EMOTIONS, strict=True), key=lambda each: -each[0])
    handles = [
        axes.plot([], [], "o-", color=COLOURS[name], label=f"{name} {ratio:.0f} %")[0]
        for ratio, name in ranked
    ]
    axes.legend(
        handles=handles, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False,
        labelcolor=INK, title="largest in", title_fontproperties={"size": 9}, alignment="left",
    )  # fmt: skip
