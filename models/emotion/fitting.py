"""Temperature and abstention threshold of a trained network, and what they achieve.

Both are fitted to the whole of the public test, the temperature against people's votes where there
are any (FER+). What they achieve is reported by cross-fitting: each half (every second picture) is
judged with what was fitted to the other. Accuracy depends on neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.emotion import metrics
from models.emotion.manifest import Knobs
from models.emotion.metrics import Figures, Floats, Ints, Truth

RIGHT_OF_ANSWERED = 0.91
"""The unit abstains below the least threshold above which this share is right (seven classes): one
point more than the 90 % that shall hold on faces which the threshold was not chosen with."""


@dataclass(frozen=True)
class Said:
    """What a network said of held-out faces: probabilities [N, 7], and what is known of these."""

    probabilities: Floats
    labels: Ints
    votes: Floats | None = None

    @property
    def truth(self) -> Truth:
        """What probabilities should mean: the votes, where there are any."""
        return self.labels if self.votes is None else self.votes

    @property
    def figures(self) -> Figures:
        """Everything that is measured."""
        return metrics.figures(self.probabilities, self.labels, self.votes)

    def part(self, rows: slice) -> Said:
        """Some of the faces."""
        voted = None if self.votes is None else self.votes[rows]
        return Said(self.probabilities[rows], self.labels[rows], voted)


def as_manifest(said: Mapping[str, Said]) -> dict[str, Any]:
    """Accuracy, macro-F1, confusions and size of each set, rounded."""
    return {
        name: {
            "pictures": found.pictures,
            "seven": round(found.seven, 4),
            "three": round(found.three, 4),
            "macro_f1": round(found.macro_f1, 4),
            "ece": round(found.ece, 4),
            "confusion": found.confusion,
        }
        for name, found in ((name, each.figures) for name, each in said.items())
    }


def threshold_for(probabilities: Floats, labels: Ints, right: float) -> float:
    """The least threshold (steps of 0.01) from which on `right` of the answered are right."""
    curve = metrics.risk_coverage(probabilities, labels, np.arange(0.0, 1.0, 0.01))
    below = [threshold for threshold, _, share in curve if share < right]
    return round(min(0.95, max(below, default=-0.01) + 0.01), 2)


@dataclass(frozen=True)
class Fitted:
    """Temperature and threshold fitted to some pictures."""

    temperature: float
    abstain_below: float


def fit_to(said: Said) -> Fitted:
    """The temperature with the least negative log likelihood, then the threshold."""
    factor = metrics.best_temperature(said.probabilities, said.truth)
    after = metrics.at_temperature(said.probabilities, factor)
    return Fitted(factor, threshold_for(after, said.labels, RIGHT_OF_ANSWERED))


def cross_fitted(said: Said) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(probabilities after, whether answered) of each picture by what the other half fitted."""
    after, answered = np.empty_like(said.probabilities), np.empty(len(said.labels), bool)
    for half in (0, 1):
        mine, other = slice(half, None, 2), slice(1 - half, None, 2)
        fitted = fit_to(said.part(other))
        after[mine] = metrics.at_temperature(said.probabilities[mine], fitted.temperature)
        answered[mine] = after[mine].max(axis=1) >= fitted.abstain_below
    return after, answered


def fit(said: Said, size_px: int) -> Knobs:
    """What ships, and what it achieves on faces that it was not fitted to."""
    fitted = fit_to(said)
    after, answered = cross_fitted(said)
    before, truth = said.probabilities, said.truth
    right = after.argmax(axis=1) == said.labels
    against = "labels" if said.votes is None else "votes"
    found = {
        "calibration": {
            "measured_on": f"the {against} of the public test, each half with what was fitted to"
            " the other",
            "ece_before": round(metrics.calibration_error(before, truth), 4),
            "ece_after": round(metrics.calibration_error(after, truth), 4),
            "nll_before": round(metrics.negative_log_likelihood(before, truth), 4),
            "nll_after": round(metrics.negative_log_likelihood(after, truth), 4),
        },
        "abstention": {
            "rule": f"least threshold from which on {RIGHT_OF_ANSWERED:.0%} of the answered"
            " faces are right over seven classes",
            "answered": round(float(answered.mean()), 4),
            "right_of_answered": round(float(right[answered].mean()) if answered.any() else 1.0, 4),
            "curve": [
                [round(number, 4) for number in row]
                for row in metrics.risk_coverage(after, said.labels, np.arange(0.0, 0.91, 0.1))
            ],
        },
    }
    return Knobs(size_px, fitted.temperature, fitted.abstain_below, found)
