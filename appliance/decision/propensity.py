"""How likely Thompson sampling was to take a clip: the chance that its draw is the largest.

P(i) = integral of f_i(x) times the product over all others of F_j(x), for independent Beta
posteriors. Integrated over the logit u = ln(x / (1 - x)), in which every Beta density
x^a (1 - x)^b / B(a, b) is bounded and has light tails, even for a or b under 1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from appliance.domain import Posterior

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MAX_POINTS = 1200
"""Of the grid by which the chances of all arms are worked out at once."""

CHOSEN_POINTS = 201
CURVE_POINTS = 401
"""Of a single arm's curve, from which the largest of many draws is read."""

LEAST_DRAW = 1e-6
"""No winning draw lies lower."""

_HOPEFUL = 32
"""Groups that the threshold of ``plausible`` is taken from."""

_THRESHOLDS = 1 - np.geomspace(0.5, 1e-9, 200)

_CURVE = 4.0
"""How much closer the points lie at an arm's mode than in its tails."""

MAX_POINTS_ABOVE = 600
"""That all arms share where one arm's chance is asked for; its own points come on top."""

EVEN_POINTS = 150
"""Spread evenly above a threshold, where the points around the modes lie far apart."""

MAX_LOSS = 1e-4
"""Chance, all together, that one of the arms left out by ``plausible`` would have won."""


def win_probability_above(
    arms: Floats, counts: Ints, log_betas: Floats, mine: int, threshold: float
) -> tuple[float, float]:
    """The chance (error at most 0.002) that one of the ``counts[mine]`` equal arms of a group has
    the largest draw and that it lies above ``threshold``; and the chance that no draw does.

    ``plausible`` gives a threshold under which the winner lies with a chance of ``MAX_LOSS`` at
    most.
    """
    own = _points_of(arms[[mine]], CHOSEN_POINTS)[0]
    grid = _grid_above(arms, own, threshold)
    masses, logs = _masses_above(arms, log_betas, grid)
    rivals = counts.astype(np.float64)
    rivals[mine] -= 1
    others = np.append(np.exp(np.sum(rivals[:, None] * logs, axis=0)), 1.0)
    wins = float(np.clip(np.sum(masses[mine] * (others[1:] + others[:-1]) / 2), 0.0, 1.0))
    return wins, float(np.exp(np.sum(counts * logs[:, 0])))


def win_probabilities_above(arms: Floats, counts: Ints, threshold: float) -> tuple[Floats, float]:
    """The same of one arm of each group, in one pass over points that all of them share."""
    log_betas = log_beta(arms)
    grid = _grid_above(arms, _grid(arms), threshold)
    masses, logs = _masses_above(arms, log_betas, grid)
    everybody = np.sum(counts[:, None] * logs, axis=0)
    # Of equal arms one is left out: itself. What nobody can exceed is certain at the end.
    others = np.append(np.exp(everybody - logs), np.ones((len(arms), 1)), axis=1)
    wins = np.sum(masses * (others[:, 1:] + others[:, :-1]) / 2, axis=1)
    return np.clip(wins, 0.0, 1.0), float(np.exp(everybody[0]))


def _grid_above(arms: Floats, own: Floats, threshold: float) -> Floats:
    """Points in u from the threshold up, dense wherever some arm's density is."""
    threshold = max(threshold, LEAST_DRAW)
    lowest = math.log(threshold / (1 - threshold))
    shared = _points_of(arms, CHOSEN_POINTS)
    shared = np.sort(shared[shared > lowest])
    thinned = shared[:: -(-max(len(shared), 1) // MAX_POINTS_ABOVE)]
    even = np.linspace(lowest, max(lowest + 1.0, float(np.max(own))), EVEN_POINTS)
    return np.unique(np.concatenate((even, thinned, shared[-1:], own[own > lowest])))


def _masses_above(arms: Floats, log_betas: Floats, grid: Floats) -> tuple[Floats, Floats]:
    """Mass of each cell, and the logarithm of the mass below each point but the last."""
    log_x, log_rest = -np.logaddexp(0.0, -grid), -np.logaddexp(0.0, grid)
    density = np.exp(arms[:, :1] * log_x + arms[:, 1:] * log_rest - log_betas[:, None])
    masses = (density[:, 1:] + density[:, :-1]) * (np.diff(grid) / 2)
    tails = np.cumsum(masses[:, ::-1], axis=1)[:, ::-1]
    return masses, np.log1p(-np.minimum(tails, 1 - 1e-12))


def log_beta(arms: Floats) -> Floats:
    """The logarithm of B(alpha, beta) of each arm."""
    return np.array([math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b) for a, b in arms])


def plausible(arms: Floats, counts: Ints, log_betas: Floats) -> tuple[Flags, float]:
    """Groups worth a draw: one of the others would win with a chance of ``MAX_LOSS`` at most.

    Half of that is spent on the largest draw of all staying under a threshold, half on the
    groups left out rising above it. Two bounds are used, each where it is the tighter one: a
    Beta(a, b) is sub-Gaussian with variance proxy 1 / (4 (a + b + 1)) (Marchal and Arbel 2017,
    theorem 1), and its upper tail lies between (1 - t)^b / (b B(a, b)) times the least and the
    greatest of x^(a - 1) on t..1. Also returns the threshold.
    """
    mean, certainty = arms[:, 0] / arms.sum(axis=1), 2 * (arms.sum(axis=1) + 1)
    silence = math.log(2 / MAX_LOSS)
    surest = float(np.max(mean - np.sqrt(silence / (certainty * counts))))
    hopeful = np.argsort(mean + np.sqrt(np.log1p(counts) / certainty))[-_HOPEFUL:]
    _, least = _upper_tails(arms[hopeful, :, None], _THRESHOLDS, log_betas[hopeful, None])
    # Nobody above t has at most the chance e^(-sum of the tails above t).
    is_passed = np.sum(counts[hopeful, None] * least, axis=0) >= silence
    threshold = max(surest, float(np.max(_THRESHOLDS[is_passed], initial=0.0)))
    most, _ = _upper_tails(arms, max(threshold, 1e-9), log_betas)
    bell = np.exp(-certainty * np.square(np.maximum(threshold - mean, 0.0)))
    chance = counts * np.minimum(most, bell)
    order = np.argsort(chance)
    kept = np.ones(len(arms), np.bool_)
    kept[order[np.cumsum(chance[order]) <= MAX_LOSS / 2]] = False
    return kept, threshold


def _upper_tails(arms: Floats, at: Floats | float, log_betas: Floats) -> tuple[Floats, Floats]:
    """A value above and one below the chance of a draw over ``at`` (0..1)."""
    alpha, beta = arms[:, 0], arms[:, 1]
    edge = beta * np.log1p(-np.asarray(at)) - np.log(beta) - log_betas
    slope = (alpha - 1) * np.log(at)
    most = np.minimum(edge + np.maximum(slope, 0.0), 0.0)
    return np.exp(most), np.exp(edge + np.minimum(slope, 0.0))


def largest_draws(arms: Floats, counts: Ints, rng: np.random.Generator) -> Floats:
    """The largest of ``counts`` draws of each arm, each in one draw of its own.

    The largest of n is distributed as F^n; its inverse is read off the curve of F.
    """
    return quantiles(arms, rng.random(len(arms)) ** (1 / counts))


def quantiles(arms: Floats, shares: Floats) -> Floats:
    """Of each arm, the value under which its share of the distribution lies."""
    grids = _points_of(arms, CURVE_POINTS)
    _, cumulative = _distribution(arms, grids)
    rows = zip(shares, cumulative, grids, strict=True)
    u = np.array([np.interp(share, curve, grid) for share, curve, grid in rows])
    values: Floats = 1 / (1 + np.exp(-u))
    return values


def interval(posterior: Posterior) -> tuple[float, float]:
    """The middle 95 % of what is believed."""
    arm = np.array([(posterior.alpha, posterior.beta)])
    low, high = quantiles(np.repeat(arm, 2, axis=0), np.array([0.025, 0.975]))
    return float(low), float(high)


def _grid(arms: Floats) -> Floats:
    """Points in u, dense wherever some arm's density is, ascending; shape (points,)."""
    per_arm = int(np.clip(MAX_POINTS // len(arms), 25, CHOSEN_POINTS)) | 1
    points = np.sort(_points_of(arms, per_arm).reshape(-1))
    # Many arms lie over one another: every n-th point is still dense enough.
    return points[:: -(-len(points) // MAX_POINTS)]


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
    """Mass of each cell (arms, points - 1) and mass up to each point (arms, points).

    ``grid``: one for all arms (points,), or one for each (arms, points).
    """
    log_x, log_rest = -np.logaddexp(0.0, -grid), -np.logaddexp(0.0, grid)
    # Not a matrix product: its threads would fight with the networks' for the cores.
    log_density = arms[:, :1] * log_x + arms[:, 1:] * log_rest
    log_density -= log_density.max(axis=1, keepdims=True)
    density = np.exp(log_density)
    masses = (density[:, 1:] + density[:, :-1]) * (np.diff(grid, axis=-1) / 2)
    masses /= masses.sum(axis=1, keepdims=True)
    cumulative = np.concatenate((np.zeros((len(arms), 1)), np.cumsum(masses, axis=1)), axis=1)
    return masses, cumulative
