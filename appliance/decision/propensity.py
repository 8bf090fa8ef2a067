"""How likely Thompson sampling was to take a clip: the chance that its draw is the largest.

P(i) = integral of f_i(x) times the product over all others of F_j(x), for independent Beta
posteriors. Integrated over the logit u = ln(x / (1 - x)), in which every Beta density
x^a (1 - x)^b / B(a, b) is bounded and has light tails, even for a or b under 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.domain import Posterior

Floats = NDArray[np.float64]

MAX_POINTS = 1200
"""Of the grid that the arms share; the chosen arm's own points come on top."""

CHOSEN_POINTS = 201
_CURVE = 4.0
"""How much closer the points lie at an arm's mode than in its tails."""


def win_probability(posteriors: Sequence[Posterior], chosen: int) -> float:
    """The chance (error at most 0.002) that the draw of ``posteriors[chosen]`` is the largest."""
    parameters = np.array([(arm.alpha, arm.beta) for arm in posteriors], np.float64)
    if len(parameters) == 1:
        return 1.0
    # Most clips have no answers yet and share the prior: one curve, raised to their number.
    arms, groups, counts = np.unique(parameters, axis=0, return_inverse=True, return_counts=True)
    mine = int(groups.reshape(-1)[chosen])
    rivals = counts.astype(np.float64)
    rivals[mine] -= 1
    grid = _grid(arms, mine)
    masses, cumulative = _distribution(arms, grid)
    with np.errstate(divide="ignore"):
        logs = np.log(cumulative)
    # An arm without rivals has no say; 0 times minus infinity would be undefined.
    logs[rivals == 0] = 0.0
    others = np.exp(np.sum(rivals[:, None] * logs, axis=0))
    return float(np.clip(np.sum(masses[mine] * (others[1:] + others[:-1]) / 2), 0.0, 1.0))


def _grid(arms: Floats, mine: int) -> Floats:
    """Points in u, dense wherever some arm's density is, ascending; shape (points,)."""
    per_arm = int(np.clip(MAX_POINTS // len(arms), 25, CHOSEN_POINTS)) | 1
    points = np.sort(_points_of(arms, per_arm).reshape(-1))
    if len(points) > MAX_POINTS:
        # Many arms lie over one another: every n-th point is still dense enough.
        points = points[:: -(-len(points) // MAX_POINTS)]
    return np.unique(np.concatenate((points, _points_of(arms[[mine]], CHOSEN_POINTS)[0])))


def _points_of(arms: Floats, count: int) -> Floats:
    """``count`` points around the mode of each arm; shape (arms, count)."""
    alpha, beta = arms[:, :1], arms[:, 1:]
    width = np.sqrt(1 / alpha + 1 / beta)
    # Beyond the bell the density falls as e^(alpha u) on the left and e^(-beta u) on the right.
    left, right = 7 * width + 9 / alpha, 7 * width + 9 / beta
    place = np.sinh(_CURVE * np.linspace(-1, 1, count)) / np.sinh(_CURVE)
    points: Floats = np.log(alpha / beta) + np.where(place < 0, left, right) * place
    return points


def _distribution(arms: Floats, grid: Floats) -> tuple[Floats, Floats]:
    """Mass of each cell (arms, points - 1) and mass up to each point (arms, points)."""
    log_x, log_rest = -np.logaddexp(0.0, -grid), -np.logaddexp(0.0, grid)
    # Not a matrix product: its threads would fight with the networks' for the cores.
    log_density = arms[:, :1] * log_x + arms[:, 1:] * log_rest
    log_density -= log_density.max(axis=1, keepdims=True)
    density = np.exp(log_density)
    masses = (density[:, 1:] + density[:, :-1]) * (np.diff(grid) / 2)
    masses /= masses.sum(axis=1, keepdims=True)
    cumulative = np.concatenate((np.zeros((len(arms), 1)), np.cumsum(masses, axis=1)), axis=1)
    return masses, cumulative
