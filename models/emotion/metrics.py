"""Figures of a classifier from its probabilities: accuracy, macro-F1, calibration, risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.emotion.labels import LABELS, THREE

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]
Truth = Ints | Floats
"""Labels [N] (indices into LABELS), or shares of people who saw each emotion [N, 7]."""
BINS = 15


@dataclass(frozen=True)
class Figures:
    """Shares in 0…1 except `nll` (nats); `confusion[i][j]`: of true i, taken for j (counts)."""

    pictures: int
    seven: float
    three: float
    macro_f1: float
    nll: float
    ece: float
    confusion: list[list[int]]


def confusion_matrix(labels: Ints, taken: Ints) -> Ints:
    """Counts [7, 7], rows true, columns taken for."""
    counts = np.zeros((len(LABELS), len(LABELS)), np.int64)
    np.add.at(counts, (labels, taken), 1)
    return counts


def macro_f1(confusion: Ints) -> float:
    """Mean F1 over the classes that occur."""
    right = np.diag(confusion).astype(float)
    total = confusion.sum(axis=0) + confusion.sum(axis=1)
    present = confusion.sum(axis=1) > 0
    return float(np.mean(2.0 * right[present] / np.maximum(total[present], 1)))


def accuracy_of_three(probabilities: Floats, labels: Ints) -> float:
    """The largest of happiness/neutral/sadness, on faces labelled with one of them."""
    three = np.array([LABELS.index(name) for name in THREE])
    rows = np.isin(labels, three)
    best = three[probabilities[rows][:, three].argmax(axis=1)]
    return float((best == labels[rows]).mean())


def credit(probabilities: Floats, truth: Truth) -> Floats:
    """What the largest probability is worth [N]: 1 or 0 by a label, its share of the votes."""
    taken = probabilities.argmax(axis=1)
    if truth.ndim == 1:
        return np.asarray(taken == truth, np.float64)
    return np.asarray(truth[np.arange(len(truth)), taken])


def reliability(probabilities: Floats, truth: Truth) -> list[tuple[float, float, int]]:
    """(mean confidence, mean credit, count) of each of 15 equal bins that is not empty."""
    confidence = probabilities.max(axis=1)
    right = credit(probabilities, truth)
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        (float(confidence[place == b].mean()), float(right[place == b].mean()), int(count))
        for b in range(BINS)
        if (count := (place == b).sum()) > 0
    ]


def calibration_error(probabilities: Floats, truth: Truth) -> float:
    """Expected calibration error of the largest probability (Guo et al. 2017, 1706.04599).

    Against votes, a confidence of 0.7 is right where seven of ten people saw that emotion.
    """
    bins = reliability(probabilities, truth)
    return sum(abs(said - was) * count for said, was, count in bins) / len(truth)


def negative_log_likelihood(probabilities: Floats, truth: Truth) -> float:
    """Mean −ln p(label), or of the votes' cross entropy."""
    logs = np.log(probabilities + 1e-12)
    if truth.ndim == 1:
        return float(-logs[np.arange(len(truth)), truth].mean())
    return float(-(truth * logs).sum(axis=1).mean())


def at_temperature(probabilities: Floats, factor: float) -> Floats:
    """softmax(logits / T) → softmax(logits / (T · factor)), from the probabilities alone."""
    logits = np.log(probabilities + 1e-12) / factor
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def best_temperature(probabilities: Floats, truth: Truth) -> float:
    """The factor with the least negative log likelihood, to 0.01 (Guo et al. 2017)."""
    factors = np.arange(0.3, 3.0, 0.01)
    costs = [negative_log_likelihood(at_temperature(probabilities, f), truth) for f in factors]
    return round(float(factors[int(np.argmin(costs))]), 2)


def risk_coverage(
    probabilities: Floats, labels: Ints, thresholds: Floats
) -> list[tuple[float, float, float]]:
    """(threshold, share answered, share right of the answered) per threshold."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    rows = []
    for threshold in thresholds:
        answered = confidence >= threshold
        share_right = float(right[answered].mean()) if answered.any() else 1.0
        rows.append((float(threshold), float(answered.mean()), share_right))
    return rows


def figures(probabilities: Floats, labels: Ints, votes: Floats | None = None) -> Figures:
    """Everything at once for probabilities [N, 7] and labels [N].

    `nll` and `ece` are against the `votes` [N, 7] where there are any.
    """
    truth = labels if votes is None else votes
    confusion = confusion_matrix(labels, probabilities.argmax(axis=1))
    return Figures(
        pictures=len(labels),
        seven=float(np.trace(confusion) / len(labels)),
        three=accuracy_of_three(probabilities, labels),
        macro_f1=macro_f1(confusion),
        nll=negative_log_likelihood(probabilities, truth),
        ece=calibration_error(probabilities, truth),
        confusion=confusion.tolist(),
    )
