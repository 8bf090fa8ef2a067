"""Valence and arousal of a clip over time and as a whole, from its pictures and its sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Final

import numpy as np

from appliance.content.clip_seconds import Second, seconds_of
from appliance.content.tool_runner import FOREGROUND, ToolRunner
from appliance.domain import AffectPoint, ClipAffect
from appliance.inference.affect_regressor import AffectRegressor

REACH_S: Final = 5
"""Seconds before and after the one that is told: about as long as the excerpts that people rated
(8 to 12 s)."""

_CUTS_WITHIN_S: Final = 9.8
"""Mean length of those excerpts, whose cuts were counted."""


def affect_of(
    path: Path,
    regressor: AffectRegressor,
    report: Callable[[float], None] = lambda share: None,
    runner: ToolRunner = FOREGROUND,
) -> ClipAffect:
    """Look through a clip and tell what it does to those who see it.

    Raises ContentError when it cannot be decoded.
    """
    return affect_over(seconds_of(path, report, runner), regressor)


def affect_over(seconds: Sequence[Second], regressor: AffectRegressor) -> ClipAffect:
    """A point for the middle of each second, told from the seconds around it."""
    curve = []
    for middle in range(len(seconds)):
        window = seconds[max(0, middle - REACH_S) : middle + REACH_S + 1]
        curve.append(AffectPoint(middle + 0.5, *regressor.tell(features_of(window))))
    return ClipAffect(
        valence=float(np.mean([point.valence for point in curve])),
        arousal=float(np.mean([point.arousal for point in curve])),
        curve=tuple(curve),
    )


def features_of(window: Sequence[Second]) -> dict[str, float | None]:
    """Means over a stretch of film by the seconds' names; cuts as many as an excerpt has."""
    names = [field.name for field in fields(Second)]
    columns = dict(zip(names, zip(*(astuple(each) for each in window), strict=True), strict=True))
    found: dict[str, float | None] = {}
    for name, values in columns.items():
        known = [value for value in values if value is not None]
        found[name] = float(np.mean(known)) if known else None
    found["cuts"] = sum(columns["cuts"]) * _CUTS_WITHIN_S / len(window)
    return found
