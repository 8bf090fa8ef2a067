"""Russell's circumplex: which mood lies where on the plane of valence and arousal."""

from __future__ import annotations

import math
from typing import Final

from appliance.domain.content import Clip
from appliance.domain.vocabulary import Mood

_MOODS: Final = tuple(Mood)
_SECTOR: Final = 2 * math.pi / len(_MOODS)
MIDDLES: Final = {
    mood: (math.cos((place + 0.5) * _SECTOR), math.sin((place + 0.5) * _SECTOR))
    for place, mood in enumerate(_MOODS)
}
"""Valence and arousal in the middle of each mood's sector, at distance 1."""


def affect_of(clip: Clip, sector_radius: float = 1.0) -> tuple[float, float] | None:
    """A clip's valence and arousal; where only its mood is known, the middle of its sector at
    ``sector_radius``; None: nothing is known."""
    if clip.valence is not None and clip.arousal is not None:
        return clip.valence, clip.arousal
    if clip.mood is None:
        return None
    valence, arousal = MIDDLES[clip.mood]
    return sector_radius * valence, sector_radius * arousal


def mood_at(valence: float, arousal: float) -> Mood:
    """The mood in whose sector a point lies."""
    turns = math.atan2(arousal, valence) / (2 * math.pi) % 1.0
    return _MOODS[int(turns * len(_MOODS)) % len(_MOODS)]
