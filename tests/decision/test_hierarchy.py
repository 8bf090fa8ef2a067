"""Strength is shared where clips are alike, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.decision.hierarchy import Kinship, SharedPrior, shared_prior

CLIPS, EXPRESSIONS = 24, 3


def kinship(moods: list[int] | None = None, clips: int = CLIPS, strength: float = 4.0) -> Kinship:
    return Kinship(
        np.full((clips, EXPRESSIONS), 0.5),
        np.array(moods if moods is not None else [-1] * clips),
        strength,
    )


def prior_of(chances: np.ndarray, answers: np.ndarray, kin: Kinship) -> SharedPrior:
    """As if exactly so many had liked it as were to be expected."""
    return shared_prior((chances * answers)[None], answers[None], kin)


def means(prior: SharedPrior) -> np.ndarray:
    return (prior.alpha / (prior.alpha + prior.beta))[0]


def strengths(prior: SharedPrior) -> np.ndarray:
    return (prior.alpha + prior.beta)[0]


def test_without_answers_it_is_the_guess() -> None:
    none = np.zeros((CLIPS, EXPRESSIONS))
    kin = Kinship(np.tile([0.6, 0.5, 0.4], (CLIPS, 1)), np.arange(CLIPS) % 4, 7.0)
    prior = prior_of(none, none, kin)
    np.testing.assert_allclose(means(prior), kin.guesses, atol=1e-6)
    np.testing.assert_allclose(strengths(prior), 7.0, atol=1e-3)


def test_a_new_clip_is_expected_to_do_as_others_under_that_expression() -> None:
    answers = np.full((CLIPS, EXPRESSIONS), 40.0)
    answers[0] = 0
    prior = prior_of(np.tile([0.2, 0.5, 0.8], (CLIPS, 1)), answers, kinship())
    # A few clips leave it a little on the side of the guess.
    assert means(prior)[0] == pytest.approx([0.2, 0.5, 0.8], abs=0.1)


def test_where_all_clips_do_alike_the_prior_is_strong_and_where_they_differ_weak() -> None:
    answers = np.full((CLIPS, EXPRESSIONS), 200.0)
    rng = np.random.default_rng(3)
    alike = prior_of(np.full((CLIPS, EXPRESSIONS), 0.5), answers, kinship())
    apart = prior_of(rng.beta(0.8, 0.8, (CLIPS, EXPRESSIONS)), answers, kinship())
    assert strengths(alike).mean() > 8
    assert strengths(apart).mean() < 3


def test_a_clip_liked_under_two_expressions_is_hoped_for_under_the_third() -> None:
    answers = np.full((CLIPS, EXPRESSIONS), 60.0)
    answers[0, 2] = answers[1, 2] = 0
    chances = np.tile(np.linspace(0.1, 0.9, CLIPS)[:, None], (1, EXPRESSIONS))
    chances[[0, 1]] = [[0.9] * 3, [0.1] * 3]
    mean = means(prior_of(chances, answers, kinship()))
    assert mean[0, 2] > 0.75
    assert mean[1, 2] < 0.25


def test_where_expressions_have_nothing_in_common_nothing_is_shared() -> None:
    rng = np.random.default_rng(4)
    chances = rng.beta(2, 2, (200, EXPRESSIONS))
    answers = np.full((200, EXPRESSIONS), 60.0)
    answers[0, 2], chances[0] = 0, 0.95
    mean = means(prior_of(chances, answers, kinship(clips=200)))
    assert mean[0, 2] == pytest.approx(0.5, abs=0.08)


def test_a_new_clip_of_a_liked_mood_is_hoped_for_under_that_expression_alone() -> None:
    moods = [number % 4 for number in range(CLIPS)]
    chances = np.full((CLIPS, EXPRESSIONS), 0.5)
    # The first two moods are liked by the happy and by the sad the other way round.
    for mood, happy in ((0, 0.9), (1, 0.1)):
        rows = [row for row in range(CLIPS) if moods[row] == mood]
        chances[rows, 0], chances[rows, 2] = happy, 1 - happy
    answers = np.full((CLIPS, EXPRESSIONS), 60.0)
    answers[0] = answers[1] = 0
    mean = means(prior_of(chances, answers, kinship(moods)))
    assert mean[0, 0] > 0.7 > 0.6 > mean[0, 1] > 0.4
    assert mean[1, 0] < 0.3
    without = means(prior_of(chances, answers, kinship()))
    assert without[0, 0] == pytest.approx(without[1, 0])


def test_its_own_answers_are_not_in_a_cells_prior() -> None:
    moods = [number % 2 for number in range(CLIPS)]
    rng = np.random.default_rng(6)
    chances = rng.beta(2, 3, (CLIPS, EXPRESSIONS))
    answers = np.full((CLIPS, EXPRESSIONS), 20.0)
    flat = Kinship(np.full((CLIPS, EXPRESSIONS), 0.5), np.array(moods), 4.0)
    before = means(prior_of(chances, answers, flat))
    chances[5, 1] = 0.99
    after = means(prior_of(chances, answers, flat))
    # Only the mean of all clips hears of it, as one of 24, and the variances.
    assert abs(after[5, 1] - before[5, 1]) < 0.06


def test_targets_are_believed_as_far_as_they_prove_right() -> None:
    guesses = np.full((CLIPS, EXPRESSIONS), 0.6)
    guesses[CLIPS // 2 :] = 0.4
    kin = Kinship(guesses, np.full(CLIPS, -1), 4.0)
    answers = np.full((CLIPS, EXPRESSIONS), 50.0)
    answers[[0, -1]] = 0
    mean = means(prior_of(1 - guesses, answers, kin))
    # With as many answered cells as the guess weighs, half of the way to what they say.
    assert mean[0] == pytest.approx([0.5] * 3, abs=0.02)
    assert mean[-1] == pytest.approx([0.5] * 3, abs=0.02)
    many = np.full((20 * CLIPS, EXPRESSIONS), 0.6)
    many[: 10 * CLIPS] = 0.4
    kin = Kinship(1 - many, np.full(len(many), -1), 4.0)
    answers = np.full(many.shape, 50.0)
    answers[[0, -1]] = 0
    mean = means(prior_of(many, answers, kin))
    assert mean[0] == pytest.approx([0.4] * 3, abs=0.03)
    assert mean[-1] == pytest.approx([0.6] * 3, abs=0.03)


def test_worlds_side_by_side_are_each_as_if_alone() -> None:
    rng = np.random.default_rng(8)
    answers = rng.integers(0, 40, (5, CLIPS, EXPRESSIONS)).astype(float)
    likes = np.floor(answers * rng.random(answers.shape))
    kin = kinship([number % 3 - 1 for number in range(CLIPS)])
    together = shared_prior(likes, answers, kin)
    for world in range(5):
        alone = shared_prior(likes[[world]], answers[[world]], kin)
        np.testing.assert_allclose(together.alpha[world], alone.alpha[0])
        np.testing.assert_allclose(together.beta[world], alone.beta[0])


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_clips_that_everybody_answers_alike_make_no_nonsense(share: float) -> None:
    answers = np.full((CLIPS, EXPRESSIONS), 500.0)
    answers[0] = 0.3
    prior = prior_of(np.full((CLIPS, EXPRESSIONS), share), answers, kinship([0] * CLIPS))
    assert np.all(np.isfinite(prior.alpha) & np.isfinite(prior.beta))
    assert np.all((prior.alpha > 0) & (prior.beta > 0))
    assert means(prior)[0] == pytest.approx([share] * 3, abs=0.06)
