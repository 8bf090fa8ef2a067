"""Logistic regression drawn towards given coefficients."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from appliance.errors import FeedbackError
from appliance.feedback.interest_fit import fit_towards, sigmoid, with_share

TRUE = np.array([1.0, -0.7, 0.2, 0.0, 0.5, -0.4, 0.1])


def answers_to(features: np.ndarray, seed: int = 0) -> np.ndarray:
    chances = sigmoid(features @ TRUE + 0.3)
    return (np.random.default_rng(seed).random(len(features)) < chances).astype(float)


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((300, 7))


@pytest.mark.parametrize("precision", [0.01, 1.0, 30.0])
def test_towards_zero_it_is_what_scikit_learn_says(features: np.ndarray, precision: float) -> None:
    answers = answers_to(features)
    ours = fit_towards(features, answers, np.zeros(7), precision)
    theirs = LogisticRegression(C=1 / precision, tol=1e-10, max_iter=1000).fit(features, answers)
    assert ours.coefficients == pytest.approx(theirs.coef_[0], abs=1e-4)
    assert ours.intercept == pytest.approx(theirs.intercept_[0], abs=1e-4)


def test_a_strong_prior_holds_and_many_answers_overrule_a_weak_one(features: np.ndarray) -> None:
    prior = -TRUE
    held = fit_towards(features, answers_to(features), prior, 1e6)
    assert held.coefficients == pytest.approx(prior, abs=0.01)
    many = np.random.default_rng(2).standard_normal((20_000, 7))
    overruled = fit_towards(many, answers_to(many), prior, 4.0)
    assert overruled.coefficients == pytest.approx(TRUE, abs=0.1)


def test_answers_that_features_part_cleanly_have_finite_coefficients() -> None:
    features = np.zeros((40, 7))
    features[:20, 0] = 3.0
    answers = (features[:, 0] > 0).astype(float)
    fit = fit_towards(features, answers, np.zeros(7), 1e-3)
    assert np.isfinite(fit.coefficients).all()
    assert fit.probabilities(features[:1])[0] > 0.95


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_answers_that_are_all_alike_are_refused(features: np.ndarray, answer: float) -> None:
    with pytest.raises(FeedbackError, match="all answers say the same"):
        fit_towards(features, np.full(300, answer), np.zeros(7), 4.0)


@pytest.mark.parametrize("share", [0.01, 0.4, 0.97])
def test_the_intercept_makes_the_mean_prediction_the_share(
    features: np.ndarray, share: float
) -> None:
    fit = with_share(features, TRUE, share)
    assert fit.probabilities(features).mean() == pytest.approx(share, abs=1e-9)
