"""Brings reactions to one scale: a unit's own means and deviations, short reactions held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from appliance.domain import EMOTIONS, Reaction

Array = NDArray[np.float64]
Seven = Annotated[tuple[float, ...], Field(min_length=len(EMOTIONS), max_length=len(EMOTIONS))]

LEAST_REACTIONS = 30
"""Under this a deviation is itself known to 13 % at best (1 / sqrt(2n))."""

LEAST_DEVIATION = 0.02
"""Share; an emotion the place hardly ever shows must not become decisive when it comes once."""

FARTHEST = 3.0
"""Deviations; what is farther counts as this far."""

LEAST_PSEUDO_COUNT, MOST_PSEUDO_COUNT = 5.0, 120.0
"""Seconds. The least because one second resembles the next, which the estimate does not know."""


@dataclass(frozen=True, slots=True)
class ReactionScale:
    """What is usual at this place; shares 0..1 in the order of ``EMOTIONS``."""

    means: Seven
    deviations: Annotated[
        tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=7, max_length=7)
    ]
    """Of the shrunken shares."""
    pseudo_count: Annotated[float, Field(gt=0)]
    """Seconds of the usual that every reaction is thought to begin with."""
    reactions: int
    """How many it comes from."""

    def standardised(self, reactions: Sequence[Reaction]) -> Array:
        """Array [reactions, 7]: deviations from the usual; none may be without samples."""
        far = (self._shrunken(reactions) - np.array(self.means)) / np.array(self.deviations)
        return np.asarray(np.clip(far, -FARTHEST, FARTHEST))

    def _shrunken(self, reactions: Sequence[Reaction]) -> Array:
        return _shrunken(reactions, np.array(self.means), self.pseudo_count)


def scale_of(reactions: Sequence[Reaction]) -> ReactionScale | None:
    """The scale of a unit's reactions; needs no rating. None: fewer than ``LEAST_REACTIONS``.

    Ten-minute ratios are not ten-second ratios: with n sampled seconds a share is taken as
    (n * share + k * mean) / (n + k). k is estimated from how much more the shares differ between
    plays than chance alone makes them (Dirichlet-multinomial, method of moments: with
    rho = 1 / (k + 1) the variance is mean * (1 - mean) * (1/n + (1 - 1/n) * rho)).
    """
    known = [reaction for reaction in reactions if reaction.sampled > 0]
    if len(known) < LEAST_REACTIONS:
        return None
    shares = np.array([reaction.ratios for reaction in known]) / 100
    seconds = np.array([reaction.sampled for reaction in known], float)
    means = (shares * seconds[:, None]).sum(axis=0) / seconds.sum()
    k = _pseudo_count(shares, seconds, means)
    spread = _shrunken(known, means, k) - means
    deviations = np.maximum(LEAST_DEVIATION, np.sqrt((spread**2).mean(axis=0)))
    return ReactionScale(tuple(means.tolist()), tuple(deviations.tolist()), round(k, 2), len(known))


def _pseudo_count(shares: Array, seconds: Array, means: Array) -> float:
    expected = float((means * (1 - means)).sum())
    if expected == 0:
        return MOST_PSEUDO_COUNT
    between = float(((shares - means) ** 2).sum()) / expected
    by_chance = float((1 / seconds).sum())
    rho = (between - by_chance) / max(1e-9, len(seconds) - by_chance)
    if rho <= 0:
        return MOST_PSEUDO_COUNT
    return float(np.clip(1 / rho - 1, LEAST_PSEUDO_COUNT, MOST_PSEUDO_COUNT))


def _shrunken(reactions: Sequence[Reaction], means: Array, pseudo_count: float) -> Array:
    shares = np.array([reaction.ratios for reaction in reactions]).reshape(-1, len(EMOTIONS)) / 100
    seconds = np.array([[reaction.sampled] for reaction in reactions], float).reshape(-1, 1)
    return np.asarray((shares * seconds + pseudo_count * means) / (seconds + pseudo_count))
