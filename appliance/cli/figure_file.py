"""Figures as files, whole or not at all; the only file that knows matplotlib, an optional extra."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.cli.whole_file import write_whole
from appliance.errors import ContentError, FeedbackError

SUFFIXES = (".png", ".svg", ".pdf")
FONTS = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "DejaVu Sans")
INK, PAPER, SOFT, RULE, AXIS = "#10151c", "#fffdf8", "#5a636c", "#e7e1d4", "#cfc8ba"
SIZE_INCHES = (9.0, 4.2)
DPI = 160


def write_figure(
    path: Path, paint: Callable[[Any], None], size_inches: tuple[float, float] = SIZE_INCHES
) -> None:
    """Write what ``paint`` puts on the axes it is given, in the format of the file's suffix.

    Raises FeedbackError without matplotlib, ContentError for another suffix or when the file
    cannot be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ContentError(f"cannot draw {path}: name a {', '.join(SUFFIXES)} file")
    plt = _pyplot()
    figure, axes = plt.subplots(figsize=size_inches, facecolor=PAPER, layout="constrained")
    try:
        axes.set_facecolor(PAPER)
        axes.grid(axis="y", color=RULE, linewidth=0.8, zorder=1)
        axes.tick_params(colors=SOFT, length=0)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(AXIS)
        paint(axes)
        picture = io.BytesIO()
        with warnings.catch_warnings():
            # A title's emoji has no glyph in the fonts for text; a box stands for it.
            warnings.filterwarnings("ignore", "Glyph")
            figure.savefig(picture, format=path.suffix.lower()[1:], dpi=DPI)
    finally:
        plt.close(figure)
    write_whole(path, [picture.getvalue()])


def _pyplot() -> Any:
    # It would make itself a folder in the home of whoever asks, and say so where it cannot.
    os.environ.setdefault("MPLBACKEND", "agg")
    try:
        import matplotlib as mpl
        import matplotlib.pyplot as plt
        from matplotlib import font_manager
    except ImportError as exc:
        raise FeedbackError(
            "drawing needs matplotlib; install it with 'pip install matplotlib'"
        ) from exc
    there = set(font_manager.get_font_names())
    mpl.rcParams["font.family"] = [font for font in FONTS if font in there]
    mpl.rcParams["svg.fonttype"] = "path"
    return plt
