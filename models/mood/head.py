"""From the student's directions to affect: support vector regression on what people rated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FOLDS, SEED = 10, 0


@dataclass(frozen=True)
class Knobs:
    """Of the regression; `width` is the kernel's: exp(-|x - s|² width / directions)."""

    cost: float = 1.0
    tolerance: float = 0.1
    width: float = 1.0


@dataclass(frozen=True)
class Head:
    """Directions [N, D] → (valence, arousal) [N, 2], in deviations of the ratings.

    weights' exp(-rate · |x − vectors|²) + offset, with x = (directions − mean) / spread. `weights`
    are 0 for vectors that support only the other of the two.
    """

    mean: Floats
    spread: Floats
    vectors: Floats
    rate: float
    weights: Floats
    offset: Floats

    def tell(self, directions: Floats) -> Floats:
        """[N, D] → [N, 2]."""
        x = (directions - self.mean) / self.spread
        apart = ((x[:, None, :] - self.vectors[None]) ** 2).sum(axis=2)
        return np.asarray(np.exp(-self.rate * apart) @ self.weights + self.offset)

    def stretched(self, slope: Floats, shift: Floats) -> Head:
        """The same head with its answers [2] times `slope` plus `shift`."""
        return Head(
            self.mean,
            self.spread,
            self.vectors,
            self.rate,
            self.weights * slope,
            self.offset * slope + shift,
        )


def fit(directions: Floats, affect: Floats, knobs: Knobs) -> Head:
    """Learn from directions [N, D] and standardised ratings [N, 2]."""
    scaler = StandardScaler().fit(directions)
    x = scaler.transform(directions)
    rate = knobs.width / x.shape[1]
    weights, offset = np.zeros((len(x), 2)), np.zeros(2)
    for target in range(2):
        found = SVR(C=knobs.cost, epsilon=knobs.tolerance, gamma=rate).fit(x, affect[:, target])
        weights[found.support_, target] = found.dual_coef_[0]
        offset[target] = found.intercept_[0]
    used = np.abs(weights).sum(axis=1) > 0
    return Head(scaler.mean_, scaler.scale_, x[used], rate, weights[used], offset)


def cross_validated(
    directions: Floats, affect: Floats, learn: Callable[[Floats, Floats], Head]
) -> Floats:
    """[N, 2]: what is told of each picture by a head that has not seen its ratings."""
    told = np.zeros_like(affect)
    for train, test in KFold(FOLDS, shuffle=True, random_state=SEED).split(directions):
        told[test] = learn(directions[train], affect[train]).tell(directions[test])
    return told


@dataclass(frozen=True)
class Calibration:
    """Line from what is told to what is to be expected [2], and the errors that remain [2, 2]."""

    slope: Floats
    shift: Floats
    covariance: Floats


def calibrate(told: Floats, affect: Floats) -> Calibration:
    """By least squares, from cross-validated answers."""
    lines = np.array([np.polyfit(told[:, i], affect[:, i], 1) for i in range(2)])
    expected = told * lines[:, 0] + lines[:, 1]
    return Calibration(lines[:, 0], lines[:, 1], np.cov((affect - expected).T))


def choose(directions: Floats, affect: Floats) -> Knobs:
    """The knobs with the best mean correlation in cross validation over these pictures."""

    def merit(knobs: Knobs) -> float:
        told = cross_validated(directions, affect, lambda x, y: fit(x, y, knobs))
        return float(sum(np.corrcoef(told[:, i], affect[:, i])[0, 1] for i in range(2)))

    grid = [Knobs(cost, 0.1, width) for cost in (0.5, 1.0, 2.0) for width in (0.5, 1.0, 2.0)]
    return max(grid, key=merit)
