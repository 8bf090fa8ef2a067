"""The mood of a whole set of pictures: what its pictures say together, neighbours pooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from appliance.domain import Mood, PictureMood

NEIGHBOUR_WEIGHT: Final = 0.5
"""Of a neighbouring mood's probability: errors fall on neighbours, whose music still fits
(the mood paper), so that two neighbours together outweigh one stray mood."""


@dataclass(frozen=True, slots=True)
class SetMood:
    """What a set of pictures does to those who see it."""

    mood: Mood
    valence: float
    """-1..1, the mean over the pictures."""
    arousal: float


def pooled(moods: Sequence[PictureMood]) -> tuple[float, ...]:
    """Each mood's mean probability with its neighbours' added, scaled to sum to 1."""
    shares = np.mean([mood.probabilities for mood in moods], axis=0)
    with_neighbours = shares + NEIGHBOUR_WEIGHT * (np.roll(shares, 1) + np.roll(shares, -1))
    return tuple(float(share) for share in with_neighbours / with_neighbours.sum())


def mood_of_set(moods: Sequence[PictureMood], wished: Mood | None = None) -> SetMood:
    """The mood that most speaks for (at least one picture); ``wished`` goes before it."""
    shares = pooled(moods)
    return SetMood(
        mood=wished or tuple(Mood)[shares.index(max(shares))],
        valence=float(np.mean([mood.valence for mood in moods])),
        arousal=float(np.mean([mood.arousal for mood in moods])),
    )


def steps_between(one: Mood, other: Mood) -> int:
    """0: the same; 1: neighbours; up to 4: opposite on the circumplex."""
    moods = tuple(Mood)
    apart = abs(moods.index(one) - moods.index(other))
    return min(apart, len(moods) - apart)
