"""Policies whose chances can be stated from what was believed of the eligible clips."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from appliance.decision.hierarchy import Floats
from appliance.decision.hope import DrawSettings, deviations, hopeful
from appliance.decision.off_policy import TargetPolicy
from appliance.decision.policy import POLICY
from appliance.decision.propensity import LEAST_DRAW, win_probabilities_above

EQUAL_MEANS = 1e-9
"""Clips are expected to be liked alike when their means differ by no more."""


def target_policies(draws: DrawSettings) -> Mapping[str, TargetPolicy]:
    """By name; ``draws`` are the settings of the unit's own policy."""
    return {
        "uniform": uniform,
        "most-liked": most_liked,
        "thompson": thompson,
        POLICY: lambda arms, answers: shared_thompson(arms, answers, draws),
    }


def uniform(arms: Floats, _answers: float = 0) -> Floats:
    """Every eligible clip alike."""
    return np.full(len(arms), 1 / len(arms))


def most_liked(arms: Floats, _answers: float = 0) -> Floats:
    """The clip that is expected to be liked most; of equals each alike."""
    means = arms[:, 0] / arms.sum(axis=1)
    is_best = means >= means.max() - EQUAL_MEANS
    chances: Floats = is_best / np.sum(is_best)
    return chances


def thompson(arms: Floats, _answers: float = 0) -> Floats:
    """Plain Thompson sampling: the largest draw from what is believed."""
    pairs, group_of = np.unique(arms, axis=0, return_inverse=True)
    group_of = group_of.reshape(-1)
    wins, _ = win_probabilities_above(pairs, np.bincount(group_of), LEAST_DRAW)
    chances: Floats = wins[group_of] / wins[group_of].sum()
    return chances


def shared_thompson(arms: Floats, answers: float, draws: DrawSettings) -> Floats:
    """The unit's own, after so many answers: hopeful draws, and the even share.

    The unit counts the answers of clips, too, that were not eligible then.
    """
    chances = thompson(hopeful(arms, deviations(answers, draws.optimism), draws.spread))
    return (1 - draws.floor) * chances + draws.floor / len(arms)
