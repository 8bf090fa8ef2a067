"""Logistic regression whose coefficients are drawn towards given ones instead of towards zero.

scikit-learn's estimators know a penalty on the coefficients themselves only, not on their distance
from a prior; with the prior at zero this gives what its ``LogisticRegression`` gives (a test holds
it to that).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.errors import FeedbackError

Array = NDArray[np.float64]

STEPS = 100
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Fit:
    coefficients: Array
    intercept: float

    def probabilities(self, features: Array) -> Array:
        """Of each row [n, 7]: the chance of a 1."""
        return sigmoid(features @ self.coefficients + self.intercept)


def fit_towards(features: Array, answers: Array, prior: Array, precision: float) -> Fit:
    """Maximum a posteriori with independent Gaussian priors, by Newton's method.

    ``features`` [n, k], ``answers`` 0 or 1 [n]; each coefficient's prior has its mean in ``prior``
    and variance 1 / ``precision``; the intercept has none. Raises FeedbackError where the
    answers are all alike: no intercept fits them.
    """
    if answers.min() == answers.max():
        raise FeedbackError("all answers say the same; wait for others before fitting")
    inputs = np.column_stack([features, np.ones(len(features))])
    centre = np.append(prior, 0.0)
    penalty = np.append(np.full(len(prior), precision), 0.0)
    weights = np.append(prior, _logit(float(answers.mean())))
    loss = _loss(inputs, answers, weights, centre, penalty)
    for _ in range(STEPS):
        p = sigmoid(inputs @ weights)
        slope = inputs.T @ (p - answers) + penalty * (weights - centre)
        curvature = (inputs * (p * (1 - p))[:, None]).T @ inputs + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        # The loss is convex, so a step that is too long becomes right by halving it.
        for _ in range(STEPS):
            after = _loss(inputs, answers, weights - step, centre, penalty)
            if after <= loss:
                break
            step = step / 2
        weights, loss = weights - step, after
        if np.abs(step).max() < TOLERANCE:
            break
    return Fit(weights[:-1], float(weights[-1]))


def with_share(features: Array, coefficients: Array, share: float) -> Fit:
    """These coefficients with the intercept at which the mean prediction is ``share`` (0 < . < 1).

    By bisection: the mean prediction grows with the intercept.
    """
    reach = float(np.abs(features @ coefficients).max(initial=0.0)) + abs(_logit(share)) + 1
    low, high = -reach, reach
    for _ in range(STEPS):
        middle = (low + high) / 2
        if sigmoid(features @ coefficients + middle).mean() < share:
            low = middle
        else:
            high = middle
    return Fit(coefficients, (low + high) / 2)


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -500, 500))))


def _loss(inputs: Array, answers: Array, weights: Array, centre: Array, penalty: Array) -> float:
    x = inputs @ weights
    fit = float((np.logaddexp(0, x) - answers * x).sum())
    return fit + float((penalty * (weights - centre) ** 2).sum()) / 2


def _logit(share: float) -> float:
    return float(np.log(share / (1 - share)))
