"""Accuracy, macro-F1, calibration and abstention figures on cases counted by hand."""

import numpy as np
import pytest

from models.emotion import metrics


def certain(*classes, confidence=1.0):
    rows = np.full((len(classes), 7), (1.0 - confidence) / 6.0)
    rows[np.arange(len(classes)), classes] = confidence
    return rows


def test_confusion_has_true_classes_in_rows():
    counts = metrics.confusion_matrix(np.array([1, 1, 2]), np.array([1, 2, 2]))
    assert counts[1, 1] == counts[1, 2] == counts[2, 2] == 1
    assert counts.sum() == 3


def test_macro_f1_of_one_mistake():
    counts = metrics.confusion_matrix(np.array([1, 1, 2]), np.array([1, 2, 2]))
    assert metrics.macro_f1(counts) == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_three_ignores_other_labels_and_other_probabilities():
    probabilities = np.array(
        [
            [0.1, 0.2, 0.0, 0.7, 0.0, 0.0, 0.0],  # happiness, though surprise is larger
            [0.3, 0.2, 0.0, 0.5, 0.0, 0.0, 0.0],  # sadness, taken for neutral
            [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0],  # anger: not one of the three
        ]
    )
    assert metrics.accuracy_of_three(probabilities, np.array([1, 2, 6])) == 0.5


def test_calibration_error_is_the_gap_between_said_and_right():
    probabilities = certain(*[1] * 10, confidence=0.9)
    labels = np.array([1] * 6 + [2] * 4)
    assert metrics.calibration_error(probabilities, labels) == pytest.approx(0.3)


def test_temperature_softens_overconfidence_and_keeps_the_order():
    rng = np.random.default_rng(0)
    probabilities = certain(*[1] * 1000, confidence=0.98)
    labels = np.where(rng.random(1000) < 0.7, 1, 3)
    factor = metrics.best_temperature(probabilities, labels)
    softer = metrics.at_temperature(probabilities, factor)
    assert factor > 1.5
    assert metrics.calibration_error(softer, labels) < metrics.calibration_error(
        probabilities, labels
    )
    assert (softer.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    assert softer.sum(axis=1) == pytest.approx(1.0)


def test_temperature_of_probabilities_is_that_of_logits():
    logits = np.random.default_rng(1).normal(size=(5, 7))
    weights = np.exp(logits / 3.0)
    expected = weights / weights.sum(axis=1, keepdims=True)
    plain = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert metrics.at_temperature(plain, 3.0) == pytest.approx(expected)


def test_risk_falls_as_coverage_falls():
    probabilities = np.vstack((certain(1, 1, confidence=0.9), certain(1, 1, confidence=0.4)))
    labels = np.array([1, 1, 1, 2])
    rows = metrics.risk_coverage(probabilities, labels, np.array([0.0, 0.5, 0.95]))
    assert rows == [(0.0, 1.0, 0.75), (0.5, 0.5, 1.0), (0.95, 0.0, 1.0)]
