"""Policies whose chances can be stated from what was believed of the eligible clips."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from appliance.decision.draw import Best, DrawSettings
from appliance.decision.hierarchy import Floats
from appliance.decision.off_policy import TargetPolicy
from appliance.decision.policy import POLICY
from appliance.decision.propensity import win_probabilities_above

LEAST_DRAW = 1e-6
"""No winning draw lies lower."""


def target_policies(draws: DrawSettings) -> Mapping[str, TargetPolicy]:
    """By name; ``draws`` are the settings of the unit's own policy."""
    return {
        "uniform": uniform,
        "most-liked": most_liked,
        "thompson": thompson,
        POLICY: lambda arms: shared_thompson(arms, draws),
    }


def uniform(arms: Floats) -> Floats:
    """Every eligible clip alike."""
    return np.full(len(arms), 1 / len(arms))


def most_liked(arms: Floats) -> Floats:
    """The clip that is expected to be liked most; of equals each alike."""
    best = Best.of(arms, np.ones(len(arms), np.int64))
    chances = np.zeros(len(arms))
    chances[best.groups] = 1 / best.clips
    return chances


def thompson(arms: Floats) -> Floats:
    """Plain Thompson sampling: the largest draw from what is believed."""
    wins, _ = _winning(arms, LEAST_DRAW)
    chances: Floats = wins / wins.sum()
    return chances


def shared_thompson(arms: Floats, draws: DrawSettings) -> Floats:
    """The unit's own: sharper draws, of which only some count, and the even share."""
    sharp = arms * draws.sharpness
    best = Best.of(sharp, np.ones(len(sharp), np.int64))
    chances, nobody = _winning(sharp, best.mean)
    chances[best.groups] += nobody / best.clips
    with_floor: Floats = (1 - draws.floor) * chances / chances.sum() + draws.floor / len(arms)
    return with_floor


def _winning(arms: Floats, threshold: float) -> tuple[Floats, float]:
    """The chance of each arm to have the largest draw above the threshold; and that none has."""
    pairs, group_of = np.unique(arms, axis=0, return_inverse=True)
    group_of = group_of.reshape(-1)
    wins, nobody = win_probabilities_above(pairs, np.bincount(group_of), threshold)
    return wins[group_of], nobody
