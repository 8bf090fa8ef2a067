"""Draws the library on the plane of valence and arousal, with the eight moods' sectors."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from appliance.cli.figure_file import AXIS, INK, PAPER, SOFT, write_figure
from appliance.domain import Clip, ClipKind, Mood
from appliance.domain.circumplex import MIDDLES, affect_of, mood_at

COLOURS = {ClipKind.HEALING: "#2f7f79", ClipKind.AD: "#d3741c"}
MARKS = {ClipKind.HEALING: "o", ClipKind.AD: "D"}
SIZE_INCHES = (9.0, 7.2)
MOST_NAMED = 40
"""Of more clips the names would hide one another."""
_LEAST_REACH = 0.4
_SECTOR_RADIUS = 0.3
"""Where clips stand of which only the mood is known."""
_EMPTY = "#f1ebdd"


def place_of(clip: Clip) -> tuple[float, float] | None:
    """Valence and arousal; of a clip with a mood alone its sector's; None: nothing is known."""
    return affect_of(clip, _SECTOR_RADIUS)


def sector_of(clip: Clip) -> Mood | None:
    """The sector that the clip's place lies in."""
    place = place_of(clip)
    if place is None:
        return None
    return mood_at(*place)


def draw(path: Path, clips: Iterable[Clip]) -> None:
    """Write the figure, whole or not at all.

    Raises FeedbackError without matplotlib, ContentError for another suffix or when the file
    cannot be written.
    """
    placed = [(clip, place) for clip in clips if (place := place_of(clip)) is not None]
    most = max((abs(value) for _, place in placed for value in place), default=0.0)
    reach = min(1.0, max(_LEAST_REACH, 1.2 * most))

    def paint(axes: Any) -> None:
        _sectors(axes, reach, {sector_of(clip) for clip, _ in placed})
        _clips(axes, placed, reach)
        _frame(axes, reach)

    write_figure(path, paint, SIZE_INCHES)


def _sectors(axes: Any, reach: float, there: set[Mood | None]) -> None:
    axes.grid(visible=False)
    for mood in Mood:
        middle, half = math.atan2(*reversed(MIDDLES[mood])), math.pi / len(Mood)
        corners = [(0.0, 0.0)]
        corners += [
            (2 * reach * math.cos(middle + side), 2 * reach * math.sin(middle + side))
            for side in (-half, half)
        ]
        is_empty = mood not in there
        axes.fill(
            *zip(*corners, strict=True), facecolor=_EMPTY if is_empty else PAPER, edgecolor=AXIS,
            linewidth=0.8, zorder=1,
        )  # fmt: skip
        axes.text(
            0.9 * reach * math.cos(middle), 0.9 * reach * math.sin(middle),
            f"{mood}\nno clip" if is_empty else str(mood), color=SOFT, fontsize=10, ha="center",
            va="center", style="italic" if is_empty else "normal", zorder=2,
        )  # fmt: skip


def _clips(axes: Any, placed: list[tuple[Clip, tuple[float, float]]], reach: float) -> None:
    for kind in ClipKind:
        of_kind = [(clip, place) for clip, place in placed if clip.kind is kind]
        if not of_kind:
            continue
        axes.scatter(
            [place[0] for _, place in of_kind], [place[1] for _, place in of_kind], s=52,
            marker=MARKS[kind], edgecolors=COLOURS[kind], linewidths=1.5, zorder=3,
            facecolors=[COLOURS[kind] if clip.approved else PAPER for clip, _ in of_kind],
            label=f"{kind}: {len(of_kind)}",
        )  # fmt: skip
    if len(placed) > MOST_NAMED:
        return
    for clip, (valence, arousal) in placed:
        title = clip.title if len(clip.title) <= 18 else f"{clip.title[:17]}…"
        axes.text(
            valence + 0.03 * reach, arousal, f"{clip.id} {title}", color=INK, fontsize=7.5,
            va="center", zorder=4, parse_math=False, clip_on=True,
        )  # fmt: skip


def _frame(axes: Any, reach: float) -> None:
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_aspect("equal")
    axes.set_xlabel("valence: unpleasant to pleasant", color=SOFT)
    axes.set_ylabel("arousal: calm to excited", color=SOFT)
    axes.set_title(
        "The library by what its clips do to those who see them", loc="left", color=INK,
        fontsize=13, fontweight="bold", pad=24,
    )  # fmt: skip
    axes.text(
        0, 1.02, "Shaded: no clip. Hollow: not approved yet", transform=axes.transAxes, color=SOFT,
        fontsize=9,
    )  # fmt: skip
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, labelcolor=INK)
