"""How watchers differ: mean, least and most of each emotion's ratio (viewer-interest paper)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.domain import EMOTIONS, Reaction


@dataclass(frozen=True, slots=True)
class RatioSpread:
    """Of one emotion, in percent of the sampled seconds."""

    mean: float
    least: float
    most: float


def ratio_spreads(reactions: Sequence[Reaction]) -> dict[str, RatioSpread]:
    """By emotion, over watchers; every watcher counts alike, those without samples not at all.

    Empty where nobody is left.
    """
    known = [reaction.ratios for reaction in reactions if reaction.sampled > 0]
    if not known:
        return {}
    return {
        emotion: RatioSpread(sum(ratios) / len(ratios), min(ratios), max(ratios))
        for emotion, ratios in zip(EMOTIONS, zip(*known, strict=True), strict=True)
    }
