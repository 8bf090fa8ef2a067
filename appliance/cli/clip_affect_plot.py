"""Draws a clip's valence and arousal over time."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from appliance.cli.figure_file import INK, SOFT, write_figure
from appliance.domain import ClipAffect

COLOURS = {"valence": "#e0941f", "arousal": "#6a558f"}
LONGEST_TITLE = 60
LEAST_RANGE = 0.25
"""The axis reaches at least so far up and down: a flat clip looks flat."""


def draw(path: Path, title: str, told: ClipAffect) -> None:
    """Write the figure, whole or not at all.

    Raises FeedbackError without matplotlib, ContentError for another suffix or when the file
    cannot be written.
    """

    def paint(axes: Any) -> None:
        times = [point.t_s for point in told.curve]
        for name, colour in COLOURS.items():
            values = [getattr(point, name) for point in told.curve]
            whole = getattr(told, name)
            axes.plot(
                times, values, color=colour, linewidth=2, marker="o" if len(times) == 1 else "",
                label=f"{name} {whole:+.2f}", zorder=3,
            )  # fmt: skip
            axes.axhline(whole, color=colour, linewidth=0.9, linestyle=(0, (4, 3)), zorder=2)
        most = max(abs(value) for p in told.curve for value in (p.valence, p.arousal))
        reach = min(1.0, max(LEAST_RANGE, 1.15 * most))
        axes.set_ylim(-reach, reach)
        axes.set_xlim(0, times[-1] + 0.5)
        axes.set_xlabel("seconds since the clip began", color=SOFT)
        axes.set_title(
            textwrap.shorten(title, LONGEST_TITLE, placeholder=" …"),
            loc="left", color=INK, fontsize=13, fontweight="bold", pad=24, parse_math=False,
        )  # fmt: skip
        axes.text(
            0, 1.03, "Valence and arousal (-1 to 1) over time; dashed: the whole clip",
            transform=axes.transAxes, color=SOFT, fontsize=9,
        )  # fmt: skip
        axes.legend(
            loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, labelcolor=INK,
            title="whole clip", title_fontproperties={"size": 9}, alignment="left",
        )  # fmt: skip

    write_figure(path, paint)
