"""What readings tell of expressions, and what clips' answers under one tell of another."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.decision.hierarchy import Kinship, shared_prior
from appliance.decision.library import Library
from appliance.decision.misreading import told_by
from appliance.decision.policy import Beliefs, PriorSettings
from appliance.domain import Expression, Score, Scores
from tests.factories import a_clip

CONFUSION = np.array([(0.9, 0.08, 0.02), (0.1, 0.75, 0.15), (0.05, 0.3, 0.65)])
SHARES = np.array([0.25, 0.55, 0.2])
EXACT = np.eye(3)


def test_the_true_shares_are_found_from_the_readings() -> None:
    readings = 1e6 * SHARES @ CONFUSION
    joint = SHARES[:, None] * CONFUSION
    np.testing.assert_allclose(
        told_by(readings[None], CONFUSION)[0], (joint / joint.sum(axis=0)).T, atol=0.02
    )


def test_exact_readings_tell_what_they_say() -> None:
    np.testing.assert_allclose(told_by(np.array([[5.0, 900.0, 0.0]]), EXACT)[0], EXACT)


def test_each_world_is_told_for_itself() -> None:
    readings = np.array([[100.0, 200.0, 50.0], [5.0, 5.0, 500.0]])
    together = told_by(readings, CONFUSION)
    for world in range(2):
        np.testing.assert_allclose(together[world], told_by(readings[[world]], CONFUSION)[0])
    np.testing.assert_allclose(together.sum(axis=2), 1)


def test_a_misread_expression_hears_of_those_it_is_taken_for() -> None:
    """One clip is liked by neutral people alone; nobody was asked while read as sad."""
    clips = 20
    rng = np.random.default_rng(3)
    chances = rng.beta(2, 3, (1, clips, 3))
    answers = np.full((1, clips, 3), 60.0)
    answers[0, 0] = (0, 400, 0)
    chances[0, 0, 1] = 0.9
    kin = Kinship(np.full((clips, 3), 0.4), np.full(clips, -1), 5.0)
    prior = {
        name: shared_prior(chances * answers, answers, kin, told_by(answers.sum(axis=1), confusion))
        for name, confusion in (("misread", CONFUSION), ("exact", EXACT))
    }
    mean = {name: (each.alpha / (each.alpha + each.beta))[0, 0] for name, each in prior.items()}
    assert mean["misread"][2] > mean["exact"][2] + 0.05
    # Happy people are seldom taken for neutral ones.
    assert mean["misread"][0] - mean["exact"][0] < mean["misread"][2] - mean["exact"][2]


def test_exact_readings_change_nothing() -> None:
    rng = np.random.default_rng(4)
    answers = rng.integers(0, 40, (2, 9, 3)).astype(float)
    likes = np.floor(answers * rng.random(answers.shape))
    kin = Kinship(np.full((9, 3), 0.4), np.arange(9) % 3 - 1, 5.0)
    plain, told = (shared_prior(likes, answers, kin, each) for each in (None, EXACT[None]))
    np.testing.assert_allclose(plain.alpha, told.alpha)
    np.testing.assert_allclose(plain.beta, told.beta)


def test_the_unit_goes_by_its_networks_confusions() -> None:
    clips = [a_clip(number) for number in range(1, 9)]
    scores: Scores = {
        (number, Expression.NEUTRAL): Score(40 - 5 * number, 5 * number - 5)
        for number in range(1, 9)
    }
    mean = {
        confusion: Beliefs(Library(clips), scores, PriorSettings(), confusion=confusion)
        .posterior(clips[0], Expression.SAD)
        .mean
        for confusion in (None, tuple(map(tuple, CONFUSION.tolist())))
    }
    without, with_it = mean.values()
    assert with_it > without + 0.01


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_unlikely_answers_make_no_nonsense(share: float) -> None:
    answers = np.full((1, 6, 3), 5000.0)
    answers[0, :, 0] = 0
    kin = Kinship(np.full((6, 3), 0.4), np.full(6, -1), 5.0)
    prior = shared_prior(share * answers, answers, kin, told_by(answers.sum(axis=1), CONFUSION))
    assert np.all(np.isfinite(prior.alpha) & (prior.alpha > 0))
    assert np.all(np.isfinite(prior.beta) & (prior.beta > 0))
