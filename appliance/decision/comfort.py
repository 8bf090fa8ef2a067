"""Which healing clips comfort: pleasant and calm ones, as people in a bad mood choose for
themselves (mood management, Zillmann 1988, "Mood management through communication choices")."""

from __future__ import annotations

from typing import Final

from appliance.domain import Clip, ClipKind
from appliance.domain.circumplex import affect_of

LEAST: Final = 0.05
"""Valence nearer to 0 is neither pleasant nor unpleasant, arousal below it is calm."""


def comfort_of(clip: Clip) -> int:
    """1: pleasant and calm; -1: unpleasant; 0: neither, not known, or no healing clip.

    Valence and arousal speak where they are known, else the mood's sector does.
    """
    if clip.kind is not ClipKind.HEALING:
        return 0
    affect = affect_of(clip)
    if affect is None:
        return 0
    valence, arousal = affect
    if valence <= -LEAST:
        return -1
    return 1 if valence >= LEAST and arousal <= LEAST else 0
